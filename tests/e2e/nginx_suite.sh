#!/usr/bin/env bash
# Runs files of nginx's public functional suite (github.com/nginx/nginx-tests) against the gateway and counts
# the assertions that hold: nginx_suite.sh DIRECTORY [FILE…]
#
# DIRECTORY is a checkout of the suite. Without files, the lists below run: Core, Proxy, Upstream, Access, gRPC,
# Shutdown and Tunnel. The lists say how many assertions a file plans when nothing is skipped, so a skipped one is one
# that does not hold; the two that the suite adds to each file (no alerts, no sanitizer errors) are left out
# of both numbers. GATEHOUSE_BINARY names the binary (build/gatehouse), JOBS how many files run at once (2),
# KEEP a directory for the output of each file. As root the suite runs as `nobody`, an ordinary user.
# Needs perl with Debian's libio-socket-ssl-perl and libprotocol-websocket-perl; files that lack a module
# skip themselves.
set -euo pipefail

core="http_location 16 http_location_auto 6 http_server_name 22 http_host 62 http_uri 21 http_method 6
  http_try_files 12 http_error_page 11 http_include 7 http_listen 11 http_keepalive 23 http_header_buffers 12
  http_absolute_redirect 25 http_variables 9 http_expect_100_continue 7 http_headers_multi 49
  ignore_invalid_headers 14 merge_slashes 4 index 16 not_modified 17 range 43 range_if_range 10 headers 30
  body 17 body_chunked 20 autoindex 18 autoindex_format 39 server_tokens 14 access_log 21
  access_log_variables 8 error_log 27 config_dump 15 limit_rate 9 request_id 14 stub_status 36
  http_resolver 40"
proxy="proxy 30 proxy_if 17 proxy_implicit 5 proxy_method 6 proxy_set_body 4 proxy_pass_request 5
  proxy_merge_headers 13 proxy_redirect 17 proxy_cookie 11 proxy_cookie_flags 16 proxy_chunked 5
  proxy_chunked_extra 3 proxy_duplicate_headers 10 proxy_extra_data 24 proxy_unfinished 17 proxy_noclose 6
  proxy_keepalive 51 proxy_next_upstream 10 proxy_next_upstream_tries 10 proxy_non_idempotent 10
  proxy_intercept_errors 6 proxy_limit_rate 8 proxy_request_buffering 20 proxy_request_buffering_chunked 24
  proxy_unix 7 proxy_variables 6 proxy_upstream_cookie 21 proxy_xar 18 proxy_upgrade 33 proxy_websocket 28
  proxy_protocol 26 proxy_protocol2 30 proxy_ssl 10 proxy_ssl_name 11 proxy_ssl_verify 8
  proxy_ssl_certificate 7 proxy_connection_headers 7 mirror 10"
upstream="upstream 5 upstream_hash 17 upstream_ip_hash 5 upstream_keepalive 13 upstream_least_conn 4
  upstream_max_conns 18 upstream_random 14 upstream_zone 4"
access="realip 10 realip_hostname 6 realip_remote_addr 6 realip_remote_port 6 proxy_protocol2_tlv 16"
grpc="grpc 149 grpc_pass 7 grpc_next_upstream 11 grpc_ssl 40"
shutdown="http_keepalive_shutdown 3 worker_shutdown_timeout 3 worker_shutdown_timeout_proxy_upgrade 4"

tunnel="tunnel 20 tunnel_next_upstream 10"

suite=$(readlink -f "${1:?usage: nginx_suite.sh DIRECTORY [FILE…]}")
shift
binary=$(readlink -f "${GATEHOUSE_BINARY:-$(dirname "$0")/../../build/gatehouse}")
[ -d "$suite/lib/Test" ] || { echo "$suite is no checkout of nginx-tests" >&2; exit 2; }
[ -x "$binary" ] || { echo "$binary is no program" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -m 1777 "$work/tmp" "$work/results"
cp "$binary" "$work/gatehouse"   # an ordinary user must reach it, and its path must have no blanks
as_user=(env)
if [ "$(id -u)" -eq 0 ]; then
  as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups env)
  cp -r "$suite" "$work/suite" && suite=$work/suite
  chmod -R a+rX "$suite"
fi

# Runs one file; leaves its TAP in results/NAME.tap. A file that hangs is ended, with all that it started.
run_file() {
  cd "$suite"
  local globals=
  [[ "$1" != tunnel* ]] || globals='tunnel_allow_hosts any; tunnel_allow_ports any;'   # its tunnels lead to itself
  timeout --kill-after=5 120 "${as_user[@]}" TMPDIR="$work/tmp" HOME="$work/tmp" TEST_NGINX_GLOBALS_HTTP="$globals" \
    TEST_NGINX_BINARY="$work/gatehouse" perl -Ilib "$1.t" \
    >"$work/results/$1.tap" 2>"$work/results/$1.err" || true
}

# Prints how many assertions of a TAP file hold: lines of "ok" that are no skip, less the suite's own two.
count_held() {
  grep '^ok ' "$1" | grep -viE '# *skip' | grep -cvE -- '- no (alerts|sanitizer errors)$' || true
}

run_list() {
  local title=$1; shift
  local held_sum=0 all_sum=0 name all held note
  printf '%s\n' "$@" | awk 'NR % 2 { print }' | xargs -P "${JOBS:-2}" -I{} bash -c 'run_file {}'
  while [ $# -gt 0 ]; do
    name=$1 all=$(($2 - 2)); shift 2
    held=$(count_held "$work/results/$name.tap")
    [ "$held" -le "$all" ] || held=$all
    note=''
    [ "$held" -eq "$all" ] || note=$(grep -m1 -hE '^1\.\.0|\[emerg\]|Can.t start|Looks like' \
      "$work/results/$name.tap" "$work/results/$name.err" || true)
    printf '%-40s %4d / %-4d %s\n' "$name" "$held" "$all" "${note:0:120}"
    held_sum=$((held_sum + held)) all_sum=$((all_sum + all))
  done
  printf '%-40s %4d / %-4d %d %%\n\n' "= $title" "$held_sum" "$all_sum" $((100 * held_sum / all_sum))
  echo "$held_sum $all_sum" >>"$work/totals"
}

export suite work
export -f run_file
declare -p as_user >"$work/as_user"
export BASH_ENV="$work/as_user"   # arrays cannot be exported: the jobs of xargs read it from here

if [ $# -gt 0 ]; then
  declare -A known
  set -- "$@" --
  read -r -d '' -a pairs <<<"$core $proxy $upstream $access $grpc $shutdown $tunnel" || true
  for ((i = 0; i < ${#pairs[@]}; i += 2)); do known[${pairs[i]}]=${pairs[i + 1]}; done
  chosen=()
  while [ "$1" != -- ]; do
    name=$(basename "$1" .t); shift
    [ -n "${known[$name]:-}" ] || { echo "$name is in none of the lists" >&2; exit 2; }
    chosen+=("$name" "${known[$name]}")
  done
  run_list chosen "${chosen[@]}"
else
  # shellcheck disable=SC2086: lists of words
  { run_list Core $core; run_list Proxy $proxy; run_list Upstream $upstream
    run_list Access $access; run_list gRPC $grpc; run_list Shutdown $shutdown; run_list Tunnel $tunnel; }
fi
awk '{ held += $1; all += $2 }
  END { printf "%-40s %4d / %-4d %.1f %%\n", "= all", held, all, 100 * held / all }' "$work/totals"
[ -z "${KEEP:-}" ] || { mkdir -p "$KEEP" && cp "$work/results"/* "$KEEP"; }
