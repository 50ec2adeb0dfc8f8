# Rules over a plan file, for Open Policy Agent and conftest:
#
#   reconciler show change.plan.json --format json | conftest test --policy policy -
package main

import rego.v1

# Money in a plan is text, so that it is exact; a policy that only compares may read it as a number.
amount(money) := to_number(money.amount)

ready contains {"customer": customer.name, "action": action} if {
	some customer in input.customers
	some action in customer.actions
	action.status == "ready"
}

deny contains message if {
	some found in ready
	found.action.action == "cancel"
	found.action.money.remainingDays < 30
	message := sprintf("%s: it ends by itself in %d days", [found.action.address, found.action.money.remainingDays])
}

deny contains message if {
	some customer in input.customers
	meter := customer.cap.meters[customer.cap.basis]
	amount(meter.consumed) + amount(meter.planned) > 0.8 * amount(customer.cap.limit)
	amount(meter.planned) > 0
	message := sprintf("%s: more than 80 %% of its refund cap would be used", [customer.name])
}

warn contains message if {
	some found in input.findings
	found.severity == "warning"
	message := sprintf("%s [%s]", [found.message, found.code])
}
