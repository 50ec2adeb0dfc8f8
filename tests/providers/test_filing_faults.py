"""Filing a support request with a service whose answers are not what its definition says."""

from __future__ import annotations

import pytest

from reconciler.errors import ProviderError
from reconciler.model.support import SupportRequest
from tests.providers.faults import Reply, faulty_service, refusal
from tests.providers.samples import customer, guid

CONTACT = {
    "firstName": "Ada",
    "lastName": "Byron",
    "email": "ops@partner.example",
    "preferredContactMethod": "email",
    "preferredTimeZone": "UTC",
    "country": "NLD",
    "language": "en-US",
}
REQUEST = SupportRequest(name="n1", title="t", description="d", contact=CONTACT, reservations=(guid(1),))
SERVICES = {"value": [{"id": "/s", "name": "s", "properties": {"displayName": "Billing"}}]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/services", {}),
        ("/services", {"value": [None]}),
        ("/services", {"value": [{"id": "/s", "properties": {"displayName": "Billing"}}]}),
        ("/services", {"value": "x"}),
        ("/problemClassifications", {"value": [None]}),
        ("/problemClassifications", {"value": [{"properties": []}]}),
        ("/supportTickets", {"value": [{"name": "other", "properties": "x"}]}),
        ("/supportTickets", {"value": [{"name": "other"}]}),
    ],
)
def test_an_answer_that_is_none_files_nothing_and_is_one_line(connect, path, body):
    script = {
        "GET /supportTickets/n1": [refusal(404, "ResourceNotFound")],
        "GET /supportTickets": [Reply(body={"value": []})],
        "GET /services": [Reply(body=SERVICES)],
        "GET /problemClassifications": [Reply(body={"value": []})],
        f"GET {path}": [Reply(body=body)],
    }
    with faulty_service(script) as service:
        with pytest.raises(ProviderError, match=r"not what the definition says; nothing was filed") as told:
            connect(service.endpoint).file_request(customer(), REQUEST)
        assert (told.value.refused, service.count("PUT", "/n1")) == (True, 0)
