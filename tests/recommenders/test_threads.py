import numba
import pytest

from segue.recommenders.threads import threads_for


@pytest.mark.parametrize("n_rows", [0, 1])
def test_little_work_gets_one_thread(n_rows):
    with threads_for(n_rows):
        assert numba.get_num_threads() == 1


def test_much_work_gets_all_threads_and_no_more():
    usual = numba.get_num_threads()
    with threads_for(10_000):
        assert numba.get_num_threads() == usual


def test_the_usual_number_comes_back_after_a_failure():
    usual = numba.get_num_threads()
    with pytest.raises(ZeroDivisionError), threads_for(1):
        _ = 1 / 0
    assert numba.get_num_threads() == usual
