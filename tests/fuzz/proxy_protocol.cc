// A PROXY protocol header: the outcome does not depend on how the input was cut, no more is asked for than
// the header has, and who it names is read back the same when written again.
#include "net/proxy_protocol.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::net;
using State = ProxyProgress::State;

std::string outcome(const ProxyProgress& progress, const ProxyHeader& header) {
    if (progress.state == State::need_more) return "need more";
    if (progress.state == State::refused) return progress.rule;
    std::string text =
        std::to_string(static_cast<int>(header.kind)) + " " + std::to_string(progress.consumed);
    if (header.kind == ProxyHeader::Kind::proxied)
        text += " " + header.source.describe() + " " + header.destination.describe();
    return text + " " + header.tlvs;
}

void try_cuts(std::string_view input, const ProxyProgress& whole, const std::string& expected) {
    ProxyHeader header;
    for (const auto cut : fuzz::cuts_of(input)) {
        const auto progress = parse_proxy_header(input.substr(0, cut), header);
        if (progress.state != State::need_more) {
            fuzz::require_equal(outcome(progress, header), expected, "a header, whole and cut");
            return;
        }
        fuzz::require(progress.needed > 0, "who needs more says how much");
        if (whole.state == State::done)
            fuzz::require(progress.needed <= whole.consumed - cut, "no more is asked for than there is");
    }
    fuzz::require_equal("need more", expected, "a header that never ends");
}

void try_writing(const ProxyHeader& header) {
    ProxyHeader again;
    const auto require_same = [&](const std::string& written) {
        const auto progress = parse_proxy_header(written, again);
        fuzz::require(progress.state == State::done && progress.consumed == written.size(), "written whole");
        if (again.kind != ProxyHeader::Kind::proxied) {
            fuzz::require(header.source.family() == AF_UNIX, "an address of the internet is said");
            return;
        }
        // what was IPv6 may have become IPv4, or the other way round: never another address
        const auto digits = [](const SocketAddress& a) {
            const auto text = a.ip_text();
            return text.starts_with("::ffff:") && text.contains('.') ? text.substr(7) : text;
        };
        fuzz::require_equal(digits(header.source), digits(again.source), "the source");
        fuzz::require_equal(digits(header.destination), digits(again.destination), "the destination");
        fuzz::require(header.source.port() == again.source.port(), "the source's port");
        fuzz::require(header.destination.port() == again.destination.port(), "the destination's port");
    };
    require_same(write_proxy_v1(header.source, header.destination));
    require_same(write_proxy_v2(header.source, header.destination, {}, header.transport));
    fuzz::require(again.checksum != ProxyHeader::Checksum::wrong, "a written checksum is right");
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    ProxyHeader header;
    const auto progress = parse_proxy_header(input, header);
    try_cuts(input, progress, outcome(progress, header));
    if (progress.state != State::done) return 0;
    for (int type = 0; type < 256; ++type) (void)find_proxy_tlv(header.tlvs, static_cast<std::uint8_t>(type));
    if (const auto tls = find_proxied_tls(header.tlvs)) (void)find_proxy_tlv(tls->tlvs, ProxyTlv::tls_cipher);
    if (header.kind == ProxyHeader::Kind::proxied) try_writing(header);
    return 0;
}
