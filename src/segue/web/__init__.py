"""The service: the Django project over the Engine. One app per concept; `environment.py` names every setting."""
