// The main and events levels.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using namespace model;

constexpr Entry entries[] = {
    // x
    {"daemon", at::main, flag, acts(set_flag<&ProcessSettings::daemon>)},
    {"master_process", at::main, flag, notice("the gateway and its keeper are always two processes")},
    {"timer_resolution", at::main, takes(1), notice(own_timers)},
    {"pid", at::main, takes(1), acts(pid)},
    {"lock_file", at::main, takes(1), notice(no_accept_lock)},
    {"worker_processes", at::main, takes(1), acts(worker_processes)},
    {"debug_points", at::main, takes(1), notice(debugging)},
    {"user", at::main, takes(1, 2), acts(user)},
    {"worker_priority", at::main, takes(1), acts(worker_priority)},
    {"worker_cpu_affinity", at::main, at_least(1), notice("the kernel places the workers")},
    {"worker_rlimit_nofile", at::main, takes(1), acts(set_number<&ProcessSettings::rlimit_nofile>)},
    {"worker_rlimit_core", at::main, takes(1), acts(set_size<&ProcessSettings::rlimit_core>)},
    {"worker_shutdown_timeout", at::main, takes(1), acts(set_time<&ProcessSettings::shutdown_timeout>)},
    {"working_directory", at::main, takes(1), acts(set_text<&ProcessSettings::working_directory>)},
    {"env", at::main, takes(1), notice("nothing in the gateway reads its environment")},
    {"load_module", at::main, takes(1),
     notice("there are no loadable modules; each directive of one is judged by itself")},
    // log
    {"error_log", at::main, at_least(1), acts(error_log)},
    // regex
    {"pcre_jit", at::main, flag, notice("expressions are always compiled where the platform can")},
    // thread_pool
    {"thread_pool", at::main, takes(2, 3), notice(no_thread_pools)},
    // devpoll
    {"devpoll_changes", at::events, takes(1), notice(other_poller)},
    {"devpoll_events", at::events, takes(1), notice(other_poller)},
    // epoll
    {"epoll_events", at::events, takes(1), notice(own_timers)},
    {"worker_aio_requests", at::events, takes(1), notice(no_thread_pools)},
    // eventport
    {"eventport_events", at::events, takes(1), notice(other_poller)},
    // iocp
    {"iocp_threads", at::events, takes(1), notice(other_poller)},
    {"post_acceptex", at::events, takes(1), notice(other_poller)},
    {"acceptex_read", at::events, flag, notice(other_poller)},
    // kqueue
    {"kqueue_changes", at::events, takes(1), notice(other_poller)},
    {"kqueue_events", at::events, takes(1), notice(other_poller)},
    // event
    {"events", at::main, block(none), opens(events)},
    {"worker_connections", at::events, takes(1), acts(set_number<&ProcessSettings::worker_connections>)},
    {"use", at::events, takes(1), notice("epoll is used")},
    {"multi_accept", at::events, flag, notice("a worker accepts as much as it has time for")},
    {"accept_mutex", at::events, flag, notice(no_accept_lock)},
    {"accept_mutex_delay", at::events, takes(1), notice(no_accept_lock)},
    {"debug_connection", at::events, takes(1), notice(debugging)},
    // event_openssl
    {"ssl_engine", at::main, takes(1), notice("cryptography is done by the processor itself")},
    // event_openssl_cache
    {"ssl_object_cache_inheritable", at::main, flag, notice("certificates are read again at each reload")},
    // event_quic_bpf
    {"quic_bpf", at::main, flag, notice(http3_tuning)},
    // http
    {"http", at::main, block(none), opens(http_block)},
    // mail
    {"mail", at::main, block(none), refused(no_mail)},
    // google_perftools
    {"google_perftools_profiles", at::main, takes(1), notice(debugging)},
    // stream
    {"stream", at::main, block(none), opens(stream_block)},
};

}   // namespace

std::span<const Entry> core_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
