from tests.support.case_office import anyio_backend, case_office

__all__ = ["anyio_backend", "case_office"]
