package main

import rego.v1

cancellation(days) := {"address": "contoso/vm", "action": "cancel", "status": "ready", "money": {"remainingDays": days}}

plan(days, consumed, planned) := {
	"customers": [{
		"name": "contoso",
		"cap": {
			"basis": "refund",
			"limit": {"amount": "50000.00", "currency": "USD"},
			"meters": {"refund": {
				"consumed": {"amount": consumed, "currency": "USD"},
				"planned": {"amount": planned, "currency": "USD"},
			}},
		},
		"actions": [cancellation(days)],
	}],
	"findings": [],
}

test_thirty_days_and_the_share_itself_are_allowed if {
	count(deny) == 0 with input as plan(30, "39000.00", "1000.00")
}

test_twenty_nine_days_are_denied if {
	deny == {"contoso/vm: it ends by itself in 29 days"} with input as plan(29, "0.00", "1000.00")
}

test_a_cent_beyond_the_share_is_denied if {
	deny == {"contoso: more than 80 % of its refund cap would be used"} with input as plan(30, "39000.00", "1000.01")
}
