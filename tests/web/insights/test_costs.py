"""The page of costs: the last measurement, and a form for how many listeners."""

from django.test import Client

from segue.home import Home
from segue.web.insights.capacity.measure import keep
from segue.web.insights.capacity.needs import Measured

MEASURED = Measured(
    made="2026-11-21T00:00:00+00:00", seconds=60, cores=2, database="sqlite", tracks=1000, listeners=100
)


def test_the_page_of_costs(user, settings, tmp_path):
    settings.HOME = Home(tmp_path)
    client = Client()
    client.force_login(user)
    assert client.get("/staff/costs/").status_code == 404
    user.is_staff = True
    user.save()
    assert "segue capacity" in client.get("/staff/costs/").content.decode()
    keep(Home(tmp_path), MEASURED)
    page = client.get("/staff/costs/?listeners=2000000").content.decode()
    assert "2,000,000 listeners" in page
    bill = client.get("/staff/costs/bill.csv?listeners=2000000").content.decode()
    assert bill.startswith("item,amount,unit,EUR a month")
    assert "listens written over one connection" in page
    for wrong in ("listeners=0", "peak=nan", "listeners=inf", "years=x", "tracks=1e99"):
        assert client.get(f"/staff/costs/?{wrong}").status_code == 400, wrong
        assert client.get(f"/staff/costs/bill.csv?{wrong}").status_code == 400, wrong
    assert client.get("/staff/costs/other.csv").status_code == 404
