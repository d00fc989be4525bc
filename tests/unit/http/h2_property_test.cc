// Random interleavings of everything two owners may do: every byte taken from one is delivered to the other,
// in order and once, and each stream is closed exactly once.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "tests/unit/http/h2_pair.h"

namespace gatehouse::http {
namespace {

char byte_at(StreamId id, bool from_server, std::size_t position) {
    return static_cast<char>((position * 7 + position / 251 + static_cast<unsigned>(id) + from_server) &
                             0xff);
}

// One side of one stream.
struct Side final : H2StreamEvents {
    Side(H2Session& of, bool server, std::uint64_t seed, std::size_t most)
        : session(of), is_server(server), random(seed) {
        total = random.one_in(4) ? 0 : random.below(random.one_in(3) ? most : most / 50);
        with_trailers = random.one_in(4);
    }

    H2Session& session;
    bool is_server;
    Random random;
    StreamId id = 0;
    bool submitted = false;   // the head
    std::size_t total;        // to be sent
    bool with_trailers;
    std::string piece;
    std::size_t taken = 0;
    bool piece_is_out = false, said_last = false;
    std::size_t received = 0;
    bool peer_ended = false, got_trailers = false, closed = false, reset = false;
    H2Closed how;

    void data_arrived(std::string_view bytes) override {
        RC_ASSERT(!peer_ended);
        RC_ASSERT(!closed);
        RC_ASSERT(!reset);
        bool same = true;
        for (const char c : bytes) same = same && c == byte_at(id, !is_server, received++);
        RC_ASSERT(same);
    }
    void end_arrived(std::unique_ptr<H2Trailers> trailers) override {
        RC_ASSERT(!peer_ended);
        peer_ended = true;
        got_trailers = trailers != nullptr;
    }
    void piece_taken() override {
        RC_ASSERT(piece_is_out);
        piece_is_out = false;
        taken += piece.size();
        piece.assign(piece.size(), '?');   // nobody may look at it any more
        if (random.one_in(2)) offer();
    }
    void stream_closed(const H2Closed& closing) override {
        RC_ASSERT(!closed);
        RC_ASSERT(!reset);
        closed = true;
        how = closing;
        piece.assign(piece.size(), '?');
    }

    [[nodiscard]] bool live() const { return !closed && !reset; }
    void offer() {
        if (!live() || !submitted || piece_is_out || said_last) return;
        const auto left = total - taken;
        const auto bytes = std::min<std::size_t>(left, 1 + random.below(random.one_in(3) ? 40'000 : 500));
        const bool all = bytes == left;
        piece.resize(bytes);
        for (std::size_t i = 0; i < bytes; ++i) piece[i] = byte_at(id, is_server, taken + i);
        if (all && with_trailers) {
            said_last = true;
            if (bytes > 0) {
                piece_is_out = true;
                session.offer(id, piece, false);
            }
            Arena arena;
            Fields fields;
            fields.add(arena, make_field("x", "1"));
            session.offer_trailers(id, fields);
            return;
        }
        const bool last = all && (bytes == 0 || random.one_in(2));
        if (bytes == 0 && !last) return;
        piece_is_out = true;
        said_last = last;
        session.offer(id, piece, last);
    }
    void consume(bool everything) {
        const auto bytes = session.unconsumed(id);
        if (bytes > 0) session.consume(id, everything ? bytes : random.below(bytes + 1));
    }
};

class Run final : H2ServerEvents {
public:
    explicit Run(std::uint64_t seed)
        : random_(seed), server_(limits(), *this), client_(limits(), client_owner_) {}

    void go() {
        for (int i = 0; i < 600; ++i) step();
        resetting_ = false;
        draining_ = random_.one_in(3);
        if (draining_) server_.drain();
        for (bool moving = true; moving;) moving = settle();
        check();
    }

private:
    H2Limits limits() {
        H2Limits chosen;
        const std::uint32_t windows[] = {1, 100, 1000, 65'535, 200'000};
        chosen.stream_window_bytes = windows[random_.below(5)];
        most_ = std::min<std::size_t>(most_, chosen.stream_window_bytes * 300);   // not for ever
        chosen.connection_window_bytes = random_.one_in(2) ? 65'535 : 1'000'000;
        chosen.concurrent_streams = 1 + static_cast<std::uint32_t>(random_.below(20));
        chosen.resets = chosen.overhead = {100'000'000, 0};
        return chosen;
    }
    H2StreamEvents* request_arrived(StreamId id, std::unique_ptr<H2Request>) override {
        if (random_.one_in(30)) return nullptr;
        auto& side = sides_.emplace_back(std::make_unique<Side>(server_, true, random_.next(), most_));
        side->id = id;
        return side.get();
    }
    void submit() {
        if (client_.available() == 0) return;
        auto side = std::make_unique<Side>(client_, false, random_.next(), most_);
        const H2Outgoing request{.method = "POST",
                                 .scheme = "https",
                                 .authority = "a.b",
                                 .path = "/",
                                 .protocol = {},
                                 .fields = nullptr,
                                 .ends = false};
        side->id = client_.submit(request, *side).value();
        side->submitted = true;
        sides_.push_back(std::move(side));
    }
    void respond(Side& side) {
        if (side.submitted || !side.live() || !side.is_server) return;
        if (random_.one_in(3)) server_.inform(side.id, 103, {});
        side.submitted = true;
        server_.respond(side.id, 200, {}, false);
    }
    void pull(H2Session& from, std::string& wire) {
        Buffer out;
        from.pull(out, 1 + random_.below(random_.one_in(2) ? 100 : 70'000));
        wire += out.view();
    }
    void deliver(std::string& wire, H2Session& to) {
        const auto bytes = std::min<std::size_t>(wire.size(), random_.below(random_.one_in(2) ? 50 : 70'000));
        const auto part = wire.substr(0, bytes);   // memory of exactly the right size
        wire.erase(0, bytes);
        RC_ASSERT(to.feed(part).has_value());
    }
    void step() {
        const auto what = random_.below(10);
        if (what == 0) submit();
        if (what == 1) pull(client_, to_server_);
        if (what == 2) pull(server_, to_client_);
        if (what == 3) deliver(to_server_, server_);
        if (what == 4) deliver(to_client_, client_);
        if (what < 5 || sides_.empty()) return;
        auto& side = *sides_[random_.below(sides_.size())];
        if (what < 7) return side.offer();
        if (what == 7) return side.consume(false);
        if (what == 8) return respond(side);
        if (!resetting_ || !side.live() || !random_.one_in(6)) return;
        side.reset = true;
        side.session.reset(side.id, H2Code::cancel);
        side.piece.assign(side.piece.size(), '?');
    }
    bool settle() {
        for (std::size_t i = 0; i < sides_.size(); ++i) {
            respond(*sides_[i]);
            sides_[i]->offer();
            sides_[i]->consume(true);
        }
        Buffer out;
        client_.pull(out, 1 << 20);
        to_server_ += out.view();
        out.clear();
        server_.pull(out, 1 << 20);
        to_client_ += out.view();
        const bool moving = !to_server_.empty() || !to_client_.empty();
        while (!to_server_.empty()) deliver(to_server_, server_);
        while (!to_client_.empty()) deliver(to_client_, client_);
        return moving;
    }
    void check() {
        RC_ASSERT(!server_.failure());
        RC_ASSERT(!client_.failure());
        RC_ASSERT(server_.open_streams() == 0);
        RC_ASSERT(client_.open_streams() == 0);
        RC_ASSERT(server_.finished() == draining_);
        for (const auto& side : sides_) {
            RC_ASSERT(!side->live());
            const auto* other = other_end(*side);
            if (other == nullptr) continue;
            RC_ASSERT(side->received <= other->total);
            const bool undisturbed =
                !side->reset && !other->reset && side->how.by == H2Closed::By::both_ended && side->peer_ended;
            if (!undisturbed) continue;
            RC_ASSERT(side->received == other->total);
            RC_ASSERT(other->taken == other->total);
            RC_ASSERT(side->got_trailers == other->with_trailers);
        }
    }
    const Side* other_end(const Side& side) const {
        for (const auto& other : sides_) {
            if (other->id == side.id && other->is_server != side.is_server) return other.get();
        }
        return nullptr;
    }

    Random random_;
    std::size_t most_ = 200'000;   // of one body
    test::ClientOwner client_owner_;
    H2ServerSession server_;
    H2ClientSession client_;
    std::vector<std::unique_ptr<Side>> sides_;
    std::string to_server_, to_client_;
    bool resetting_ = true;
    bool draining_ = false;
};

RC_GTEST_PROP(h2_property, every_byte_taken_is_delivered, (std::uint64_t seed)) { Run(seed).go(); }

}   // namespace
}   // namespace gatehouse::http
