# What is run, and what is said of it in logs, outputs and comments. Sourced.

# A question that GitHub does not answer ends the run: no answer is not "none".
shopt -s inherit_errexit

out=$RUNNER_TEMP/reconciler
mkdir -p "$out"
code=0
# The caller's arguments of plan and drift, one on each line.
arguments=()
while IFS= read -r line; do [[ -z $line ]] || arguments+=("$line"); done <<<"${ARGUMENTS:-}"

# Show a file in the log; the runner acts on nothing that is in it.
log() {
  local token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$token"
  cat -- "$1"
  printf '\n::%s::\n' "$token"
}

# Print a file as a block of code in Markdown: indented, so that no text in it can end the block. Two fit a comment.
block() {
  local text
  text=$(sed 's/^/    /' -- "$1")
  if ((${#text} > 30000)); then text="${text:0:30000}"$'\n    ... (the rest is in the log)'; fi
  [[ -z $text ]] || printf '%s\n' "$text"
}

# Set an output of the step.
output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# Print a field of the plan file. -I: no file of the repository is a module.
field() { python3 -I -c 'import json, sys; print(json.load(open(sys.argv[1], "rb"))[sys.argv[2]])' "$out/plan.json" "$1"; }

# Run reconciler: stdout to $out/said, stderr to $out/errors, the exit code to $code.
run() {
  code=0
  reconciler "$@" >"$out/said" 2>"$out/errors" || code=$?
  log "$out/errors" >&2
  output exit-code "$code"
}

# Plan into $out/plan.json, with a comment in $out/comment.md and a summary of the job; arguments are those of plan.
make_plan() {
  rm -f "$out/plan.json" "$out/comment.md" "$out/summary.md"
  run plan --out "$out/plan.json" --format github \
    --report "markdown=$out/comment.md" --report "step-summary=$out/summary.md" "${arguments[@]}" "$@"
  cat "$out/said" # annotations: these the runner is to act on
  if [[ ! -f $out/comment.md ]]; then
    { printf '**Nothing was planned.**\n\n' && block "$out/errors" && printf '\n<!-- reconciler:plan -->\n'; } >"$out/comment.md"
    cp "$out/comment.md" "$out/summary.md"
  fi
  cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"
  if [[ -f $out/plan.json ]]; then output digest "$(field digest)"; fi
}

# keep_plan NAME: let the action keep the plan file, if there is one.
keep_plan() {
  [[ -f $out/plan.json ]] || return 0
  output artifact "reconciler-plan-$1"
  output plan "$out/plan.json"
}

# short DIGEST: print the name under which a plan with that digest is kept.
short() { printf '%s' "${1:7:16}"; }

# Write $out/receipt.md: what the exit code means, then what was said.
receipt() {
  local headline
  case $code in
    0) headline='Applied.' ;;
    3) headline='Not everything was done: something is blocked or was refused.' ;;
    4) headline='How something ended is not known. Repeat nothing: reconciler resume settles it, or asks.' ;;
    5) headline='Nothing was done: the plan does not hold any more.' ;;
    6) headline='Nothing was done: another run is at work. Run this job again later.' ;;
    7) headline='A customer could not be read whole; nothing was done there.' ;;
    *) headline='Not applied to its end: below is what was done, if anything was.' ;;
  esac
  { printf '**%s**\n\n' "$headline" && block "$out/said" && block "$out/errors"; } >"$out/receipt.md"
  log "$out/said"
  cat "$out/receipt.md" >>"$GITHUB_STEP_SUMMARY"
}
