# What is asked of GitHub, and told to it. Sourced after words.bash.
# shellcheck disable=SC2154

repository=repos/$GITHUB_REPOSITORY

# comment NUMBER FILE: add a comment to a pull request, if there is one.
comment() {
  [[ -n $1 ]] || return 0
  gh api --silent --method POST "$repository/issues/$1/comments" --field body=@"$2"
}

# sticky NUMBER FILE: edit our plan's comment, or add it. Nobody but a bot is taken for us.
sticky() {
  [[ -n $1 ]] || return 0
  local ids
  ids=$(gh api --paginate "$repository/issues/$1/comments?per_page=100" --jq \
    '.[] | select(.user.type == "Bot" and (.body | rtrimstr("\n") | endswith("<!-- reconciler:plan -->"))) | .id')
  if [[ -z $ids ]]; then
    comment "$1" "$2"
  else
    gh api --silent --method PATCH "$repository/issues/comments/${ids%%$'\n'*}" --field body=@"$2"
  fi
}

# merged COMMIT: print number and reviewed commit of the pull request that a commit came to this branch by, if it did.
merged() {
  gh api "$repository/commits/$1/pulls" --jq \
    "[.[] | select(.merged_at and .base.ref == \"$GITHUB_REF_NAME\")][0] // empty | \"\(.number) \(.head.sha)\""
}

# fetch_plan NAME [COMMIT]: download the newest plan of that name, of a run for that commit; false if there is none.
# A fork's pull request may keep an artifact here as well, and any branch one under the name of another's commit.
fetch_plan() {
  local made_by of=
  [[ -z ${2:-} ]] || of=" and .head_sha == \"$2\""
  made_by=$(gh api "$repository/actions/artifacts?per_page=100&name=reconciler-plan-$1" --jq \
    "[.artifacts[] | select((.expired | not) and (.workflow_run | .head_repository_id == .repository_id$of))]
     | max_by(.created_at) // empty | .workflow_run.id") || exit 1
  rm -f "$out/plan.json"
  [[ -n $made_by ]] || return 1
  gh run download "$made_by" --repo "$GITHUB_REPOSITORY" --name "reconciler-plan-$1" --dir "$out"
}

# may_write LOGIN: say whether that person may write to the repository; else a review of theirs is an opinion.
may_write() {
  local right
  right=$(gh api "$repository/collaborators/$1/permission" --jq .permission) || exit 1
  [[ $right == write || $right == admin ]]
}

# reviewers NUMBER COMMIT INSTANT: print who approved that commit, not before that instant, by their last word.
reviewers() {
  local said state commit at login
  local -A last=()
  said=$(gh api --paginate "$repository/pulls/$1/reviews?per_page=100" --jq \
    '.[] | select(.user.type == "User" and (.state | IN("APPROVED", "CHANGES_REQUESTED", "DISMISSED")))
         | "\(.state) \(.commit_id) \(.submitted_at) \(.user.login)"')
  while read -r state commit at login; do
    [[ -z $login ]] || last[$login]="$state $commit $at"
  done <<<"$said"
  for login in "${!last[@]}"; do
    read -r state commit at <<<"${last[$login]}"
    # Instants in UTC of one form: the later is the greater.
    if [[ $state == APPROVED && $commit == "$2" && ! $at < $3 ]] && may_write "$login"; then printf '%s\n' "$login"; fi
  done
}

# deployers RUN: print the people who let a run into its environment.
deployers() {
  gh api "$repository/actions/runs/$1/approvals" --jq '.[] | select(.state == "approved" and .user.type == "User") | .user.login'
}
