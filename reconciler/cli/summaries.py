"""What each command does, in the words of ``reconciler --help``.

Kept beside the commands and not in them: to show this list, none of them needs to be imported.
"""

SUMMARIES = {
    "advise": "Keep, rescope, cancel or exchange: what each would bring.",
    "apply": "Do exactly one saved plan, once.",
    "approve": "Write an approval of one saved plan, for apply --approval.",
    "cap": "How much of each refund cap is used, and what comes back.",
    "check": "What the policies say of a saved plan; no network.",
    "completion": "Print what makes a shell complete commands and options.",
    "doctor": "Whether plan and apply can work here: sign-in, rights, ledger.",
    "drift": "What differs from the files: a plan for cron.",
    "emulator": "An ARM endpoint on loopback, for trying out and for tests.",
    "explain": "Every figure of one reservation, or what a finding means.",
    "import": "Write YAML for what Azure has and no file names.",
    "init": "Begin a repository: reconciler.yaml and a file per customer.",
    "ledger": "The memory between two runs, and the books of what is owed.",
    "locks": "Who holds what since when.",
    "merge": "One plan of the plans of all shards.",
    "overview": "Every reservation: state, expiry, scope, utilization, ids.",
    "plan": "What apply would do, what it costs, what forbids it.",
    "report": "A saved plan as one page to read, print and keep.",
    "resume": "Settle what a broken run left open; nothing is sent twice.",
    "rules": "The rulebook in force, or two compared, with their sources.",
    "schedule": "Which cancellation on which day, and what waiting costs.",
    "schema": "Print a JSON Schema, or the names of all.",
    "show": "A saved plan, in any format.",
    "snapshot": "Write the current state as an estate file.",
    "status": "What was begun and is not known to have ended.",
    "support": "Ask Microsoft Support about one reservation.",
    "test": "Run the policies' own cases.",
    "unlock": "Take the locks of a run that is surely gone.",
    "validate": "Read and check desired state and configuration; no network.",
    "verify": "Work a plan's figures out again, by an independent reading.",
    "version": "Which version this is.",
}
