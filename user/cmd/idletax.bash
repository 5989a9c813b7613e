# bash completion for idletax(1)
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

_idletax_options() {
	case $1 in
	record) echo "--output --pid --all --duration --http-function --invoke-probe --raw --socket-hooks --uprobe-hooks --help" ;;
	report) echo "--input --json --sort --invocations --environments --chains --lines --log --help" ;;
	timeline) echo "--input --chain --number --environments --function --json --help" ;;
	explain) echo "--input --chain --all --json --help" ;;
	flame) echo "--input --output --weight --json --help" ;;
	export) echo "--input --format --rows --output --help" ;;
	advise) echo "--input --service --json --help" ;;
	diff) echo "--json --help" ;;
	check) echo "--input --json --rules --allow-incomplete --max-overhead --max-share --max-amplification --max-chain-depth --max-cost-per-million --max-billed-p99 --max-retry-waste --max-orphaned --min-budget --no-verdict --service --help" ;;
	whatif) echo "--input --inline --async --parallel --memory --price-plan --json --help" ;;
	info) echo "--input --json --help" ;;
	dump) echo "--input --output --json --records --replay --help" ;;
	*) echo "record report timeline explain flame export advise whatif diff check info dump --help --version --json-schema" ;;
	esac
}

# Of each command that shows money.
_idletax_price_options() {
	case $1 in
	report) echo "--price-plan --memory --per-month" ;;
	timeline | explain | flame | export | advise | diff | check) echo "--price-plan --memory" ;;
	esac
}

_idletax_price_plans() {
	echo "example-active-cpu example-cpu-only us-east-1-arm us-east-1-arm-provisioned" \
		"us-east-1-managed-instances us-east-1-x86 us-east-1-x86-2025-07 us-east-1-x86-provisioned"
}

# Words before "--" belong to idletax, the rest to the recorded command.
_idletax() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} i
	COMPREPLY=()
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [ "$command" = record ] && [ "${COMP_WORDS[i]}" = -- ]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
			else
				mapfile -t COMPREPLY < <(compgen -c -- "$current")
			fi
			return
		fi
	done
	[ "$COMP_CWORD" -gt 1 ] || command=
	case $previous in
	-i | --input | -o | --output | --rules)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		compopt -o filenames 2>/dev/null
		return
		;;
	-s | --sort)
		mapfile -t COMPREPLY < <(compgen -W "billed own idle double cost calls name" -- "$current")
		return
		;;
	--socket-hooks)
		mapfile -t COMPREPLY < <(compgen -W "auto socket syscall" -- "$current")
		return
		;;
	--uprobe-hooks)
		mapfile -t COMPREPLY < <(compgen -W "auto multi single" -- "$current")
		return
		;;
	-f | --format)
		mapfile -t COMPREPLY < <(compgen -W "xray ndjson csv" -- "$current")
		return
		;;
	--rows)
		mapfile -t COMPREPLY < <(compgen -W "invocations calls chains functions edges" -- "$current")
		return
		;;
	--no-verdict)
		mapfile -t COMPREPLY < <(compgen -W "unknown vpc-proxy-ok inline batch-loop-ok step-functions fan-out-sns-eventbridge async-sqs direct-ok needs-contract" -- "$current")
		return
		;;
	--weight)
		mapfile -t COMPREPLY < <(compgen -W "time cost idle" -- "$current")
		return
		;;
	--price-plan)
		mapfile -t COMPREPLY < <(compgen -W "$(_idletax_price_plans)" -- "$current"
			compgen -f -X '!*.json' -- "$current")
		compopt -o filenames 2>/dev/null
		return
		;;
	--json-schema)
		mapfile -t COMPREPLY < <(compgen -W "report timeline explain advice whatif diff check price-plan" -- "$current")
		return
		;;
	-p | --pid)
		mapfile -t COMPREPLY < <(compgen -W "$(ps -eo pid= 2>/dev/null)" -- "$current")
		return
		;;
	esac
	if [ "$command" = diff ] && [ "${current:0:1}" != - ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		compopt -o filenames 2>/dev/null
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$(_idletax_options "$command") $(_idletax_price_options "$command")" -- "$current")
}

complete -F _idletax idletax
