# shellcheck shell=bash disable=SC2154
# What run.sh shows: progress with seconds, the settings for scripts, and the words at the end. Sourced by run.sh,
# whose root, port, ops_port, owner_db and demo_keys it reads.

step_pid=

# step WHAT OUTPUT COMMAND…: its output goes to the file OUTPUT; what it said is shown when it fails.
step() {
	local what=$1 output=$2 started=$SECONDS again=''
	shift 2
	[ ! -t 1 ] || again=$'\r'"  $what …"
	printf '  %s …' "$what"
	"$@" >"$output" 2>"$output.err" 9>&- &
	step_pid=$!
	while kill -0 "$step_pid" 2>/dev/null; do
		[ -z "$again" ] || printf '%s %s s' "$again" "$((SECONDS - started))"
		sleep 0.2
	done
	if ! wait "$step_pid"; then
		printf '%s failed\n' "$again"
		tail -n 40 "$output" "$output.err" >&2
		return 1
	fi
	step_pid=
	rm -f "$output.err"
	printf '%s %s s\n' "$again" "$((SECONDS - started))"
}

# For scripts: NAME=value lines.
write_environment() {
	(
		umask 077
		{
			echo "API_URL=http://127.0.0.1:$port"
			echo "OPS_URL=http://127.0.0.1:$ops_port"
			echo "MAIL_DIR=$root/var/mail"
			cat "$demo_keys"
		} >var/demo.env.partial
	)
	mv var/demo.env.partial var/demo.env
}

welcome() {
	local API_URL OPS_URL MAIL_DIR KEY_ADMIN KEY_HANDLER KEY_COORDINATOR KEY_SUBMIT KEY_ANALYST KEY_ORDERER='' RECEIPT=''
	# shellcheck disable=SC1091
	. var/demo.env
	cat <<-END

		osallisuus is running.

		  the API             $API_URL
		  its documentation   $API_URL/docs
		  what everybody sees $API_URL/
		  a feedback form     $API_URL$(form_of_unit 102)
		  its poster          $API_URL$(form_of_unit 102)/print
		  a giver's page      $API_URL/r
		  the contract        $API_URL/openapi.json
		  health, metrics     $OPS_URL/readyz  $OPS_URL/metrics
		  mails               $MAIL_DIR
		  logs                $root/var/log
		  all this in a file  $root/var/demo.env

		One key per role:

		  administrator       $KEY_ADMIN
		  handler             $KEY_HANDLER
		  coordinator         $KEY_COORDINATOR
		  web form (submit)   $KEY_SUBMIT
		  orderer of experts  $KEY_ORDERER
		  analyst             $KEY_ANALYST

		To paste:

		  curl -s -H 'Authorization: Bearer $KEY_SUBMIT' -H 'Content-Type: application/json' -d '{"unit_id":"$(unit_by_oid 102)","kind":"idea","text":"Aulaan vesipiste, kiitos.","channel":"web","lang":"fi","wants_answer":true}' $API_URL/v1/feedback
		  curl -s -H 'Authorization: Bearer $KEY_HANDLER' '$API_URL/v1/feedback?state=received&limit=5'
		  curl -s -H 'Authorization: Bearer $KEY_COORDINATOR' '$API_URL/v1/changes?state=made,verified'
		  curl -s -H 'Authorization: Bearer $KEY_ANALYST' '$API_URL/v1/reports/what-changed?unit_id=$(unit_by_oid 100)&period=$(date +%Y)'
	END
	if [ -n "$RECEIPT" ]; then
		echo "  curl -s -H 'Authorization: Receipt $RECEIPT' $API_URL/v1/receipt"
	fi
	cat <<-END

		To stop: Ctrl-C. To begin anew: docker/local/run.sh wipe
	END
}

# The path of the feedback form of that unit.
form_of_unit() {
	psql -qXAt -d "$owner_db" -c "SELECT '/p/' || form_code FROM unit WHERE id = '$(unit_by_oid "$1")'"
}

# A unit of the demo data by the end of its OID; of other data the first.
unit_by_oid() {
	psql -qXAt -d "$owner_db" -c "SELECT id FROM unit WHERE oid = '1.2.246.10.99999999.10.$1' UNION ALL SELECT id FROM unit LIMIT 1"
}
