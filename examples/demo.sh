#!/usr/bin/env bash
# The example partner's change, from the plan to the money that came back, against the
# emulator. Ends with 0 only if everything was as said.
#
#     bash examples/demo.sh [FOLDER]     (default: .demo, which git ignores)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/.demo}
[[ -x $root/.venv/bin/reconciler ]] && PATH=$root/.venv/bin:$PATH
command -v reconciler >/dev/null || { echo "reconciler is not installed: run make setup first" >&2; exit 1; }

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
rm -rf "$folder/partner" "$folder"/{azure.json,emulator.out,emulator.err}
[[ $folder == "$root/.demo" ]] && echo '*' >"$folder/.gitignore"
cp -R "$root/examples/contoso-partner" "$folder/partner"
mv "$folder/partner/estate.json" "$folder/azure.json"
cd "$folder/partner"

bold='' plain=''
[[ -t 1 && -z ${NO_COLOR:-} ]] && bold=$'\033[1m' plain=$'\033[0m'
say() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; shift; printf '   %s\n' "$@"; }

# expect CODE COMMAND...: show the command, run it (output to the file $into, if that is
# set), and stop unless it ends with CODE.
expect() {
  local wanted=$1 code=0
  shift
  printf '\n$ %s%s\n' "$*" "${into:+ >$into}"
  if [[ -n ${into:-} ]]; then "$@" >"$into" || code=$?; else "$@" || code=$?; fi
  printf '[exit %s]\n' "$code"
  ((code == wanted)) || { echo "the demo expected exit $wanted here" >&2; exit 1; }
}

emulator=
stop() { [[ -z $emulator ]] || { kill "$emulator" 2>/dev/null || true; wait "$emulator" 2>/dev/null || true; }; }
trap stop EXIT

say "1. Azure's side, emulated" \
  "An emulator plays Azure for the example's 12 customers and 150 reservations, on a free" \
  "port of this machine. Its clock stands at 2026-11-20 09:00 UTC. No credential is used."
printf '\n$ reconciler emulator --estate ../azure.json --port 0 --at 2026-11-20T09:00:00Z &\n'
reconciler emulator --estate ../azure.json --port 0 --at 2026-11-20T09:00:00Z \
  >"$folder/emulator.out" 2>"$folder/emulator.err" &
emulator=$!
for _ in {1..600}; do
  [[ -s $folder/emulator.out ]] && break # one line, written at once
  kill -0 "$emulator" 2>/dev/null || { cat "$folder/emulator.err" >&2; exit 1; }
  sleep 0.1
done
cat "$folder/emulator.out"
endpoint=$(sed -n 's/^listening on //p' "$folder/emulator.out")
[[ -n $endpoint ]] || { echo "the emulator did not say where it listens" >&2; exit 1; }

say "2. Is what the partner wrote valid?" \
  "Reads every file below desired/ and needs no network. Exit 0: yes."
expect 0 reconciler validate

say "3. One customer first" \
  "What would change for Adatum, and at what price? The cancellation is quoted by Azure's" \
  "side. With --detailed-exitcode, exit 2 says that something is ready to be done."
expect 2 reconciler plan --customer adatum --detailed-exitcode --endpoint "$endpoint"

say "4. The plan for everybody" \
  "Nothing is changed yet; the plan is saved to plan.json. Exit 3 is right here: one" \
  "cancellation of Humongous Insurance does not fit under the refund cap and is blocked."
into=plan.txt expect 3 reconciler plan --endpoint "$endpoint" --out plan.json

say "5. The saved plan, to be read before it is applied" \
  "This is what a colleague approves: every action, its money, and why."
expect 0 reconciler show plan.json

say "6. Apply exactly that plan" \
  "Each action is quoted again, written to the ledger, sent, and read back until it is done." \
  "Exit 3 again: what was ready is done, the blocked one and the deferred one were not tried."
expect 3 reconciler apply plan.json --endpoint "$endpoint"

say "7. A plan works once" \
  "Applying it again is refused before anything is sent. Exit 5: used before, or stale."
expect 5 reconciler apply plan.json --endpoint "$endpoint"

say "8. Plan again" \
  "Nothing is ready any more. Exit 3: the blocked one is still blocked, and so is what the cap" \
  "did not hold of VanArsdel's hosts. For Adatum alone, exit 0: all is as it is written."
expect 3 reconciler plan --endpoint "$endpoint" --out again.json --detailed-exitcode
expect 0 reconciler plan --customer adatum --detailed-exitcode --endpoint "$endpoint"

say "9. Is anything left open?" \
  "The ledger knows how every request ended. Exit 0: nothing is open."
expect 0 reconciler status

say "10. Do the sums agree?" \
  "What came back on Azure's side, from its own books, beside what the plan promised."
expect 0 python3 "$root/examples/check_demo.py" \
  plan.json again.json "$root/examples/contoso-partner/estate.json" ../azure.json

say "Everything was as expected." "Plans, ledger and Azure's side are in $folder for you to look at."
