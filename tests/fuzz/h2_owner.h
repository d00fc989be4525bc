#pragma once
// What the two HTTP/2 targets share: frames made from the input, so that lengths agree without luck, and an
// owner that does anything it may, as its seed says, and checks what it is told.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/property.h"
#include "tests/unit/http/h2_frames.h"

namespace gatehouse::fuzz {

// The input: per frame its type, flags, stream and length, one byte each (0xf0 and more: two for the length),
// and the payload. A type of 0x80 and more: the payload alone, without a head of its own.
inline std::string frames_of(std::string_view input) {
    std::string bytes;
    const auto next = [&input] {
        const auto byte = static_cast<unsigned char>(input.front());
        input.remove_prefix(1);
        return std::size_t{byte};
    };
    while (input.size() >= 5) {
        const auto type = next(), flags = next(), stream = next();
        auto length = next();
        if (length >= 0xf0) length = (length & 0xf) << 8 | next();
        const auto payload = input.substr(0, length);
        input.remove_prefix(payload.size());
        if (type >= 0x80) {
            bytes += payload;
        } else {
            bytes += http::test::frame(static_cast<unsigned>(type % 12), static_cast<unsigned>(flags),
                                       static_cast<http::StreamId>(stream), payload);
        }
    }
    return bytes;
}

// Small limits, so that short inputs reach them.
inline http::H2Limits small_limits() {
    http::H2Limits limits;
    limits.head = {.start_line_bytes = 100, .field_bytes = 200, .head_bytes = 600, .field_count = 10};
    limits.concurrent_streams = 10;
    limits.stream_window_bytes = 1000;
    limits.connection_window_bytes = 65'535;
    limits.interim_heads = 2;
    limits.queued_control_frames = 20;
    limits.resets = limits.pings = limits.settings = limits.priorities = limits.empty_data = {4, 1};
    limits.overhead = {40, 4};
    return limits;
}

class H2Owner final : public http::H2StreamEvents {
public:
    H2Owner(http::H2Session& session, Random& random, bool idle)
        : session_(session), random_(random), idle_(idle) {}

    http::StreamId id = 0;
    bool may_send = false;   // the head was submitted
    std::string log;         // that does not depend on how the input was cut

    void head_arrived(std::unique_ptr<http::H2Response> head) override {
        check();
        log += std::to_string(head->head.status) + " " + http::test::text_of(head->head.fields);
        act();
    }
    void data_arrived(std::string_view bytes) override {
        check();
        require(!ended_, "no data behind the end");
        body_ += bytes;
        // Before our SETTINGS are acknowledged it is the one that everybody begins with.
        require(session_.unconsumed(id) <= 65'535, "never more than the window");
        if (!idle_ && random_.one_in(2)) session_.consume(id, random_.below(2000));
        act();
    }
    void end_arrived(std::unique_ptr<http::H2Trailers> trailers) override {
        check();
        require(!ended_, "one end");
        ended_ = true;
        log += "body " + body_ + " end ";
        if (trailers != nullptr) log += http::test::text_of(trailers->fields);
        act();
    }
    void piece_taken() override {
        check();
        require(out_, "a piece was out");
        out_ = false;
        piece_.assign(piece_.size(), '?');
        act();
    }
    void stream_closed(const http::H2Closed& how) override {
        check();
        closed_ = true;
        log += "closed " + std::to_string(static_cast<int>(how.by));
        // DATA that breaks two rules at once breaks first whichever its cut shows first.
        if (how.by != http::H2Closed::By::session) log += name_of(how.code);
        piece_ = std::string();
    }

    // One random thing.
    void act() {
        if (idle_ || closed_ || reset_) return;
        switch (random_.below(6)) {
            case 0:
            case 1: return offer();
            case 2: return session_.consume(id, random_.below(2000));
            case 3:
                if (!random_.one_in(4)) return;
                reset_ = true;
                piece_ = std::string();
                return session_.reset(id, http::H2Code::cancel);
            case 4: return session_.set_window(id, static_cast<std::uint32_t>(random_.below(1000)));
            default: (void)session_.is_stalled(id); return;
        }
    }
    [[nodiscard]] bool over() const { return closed_ || reset_; }

private:
    void check() const { require(!closed_ && !reset_, "nothing is told behind the end"); }
    void offer() {
        if (!may_send || out_ || last_) return;
        if (random_.one_in(4)) {
            last_ = true;
            Arena arena;
            http::Fields fields;
            if (random_.one_in(2)) fields.add(arena, http::make_field("X", "1"));
            return session_.offer_trailers(id, fields);
        }
        out_ = true;
        last_ = random_.one_in(3);
        piece_.assign(random_.below(3000) + (last_ ? 0 : 1), 'p');
        session_.offer(id, piece_, last_);
    }

    http::H2Session& session_;
    Random& random_;
    bool idle_;   // it only listens
    std::string body_, piece_;
    bool out_ = false, last_ = false, ended_ = false, closed_ = false, reset_ = false;
};

// Gives `bytes` to a session at these cuts. `pulls`: and takes what it says after each.
inline void feed_at(http::H2Session& session, std::string_view bytes, const std::vector<std::size_t>& cuts,
                    Random& random, bool pulls, std::string& said) {
    std::size_t from = 0;
    for (const auto end : cuts) {
        const auto part = std::make_unique<char[]>(end - from);   // exactly the right size
        bytes.copy(part.get(), end - from, from);
        (void)session.feed({part.get(), end - from});
        from = end;
        if (!pulls) continue;
        Buffer out;
        const auto limit = 1 + random.below(20'000);
        session.pull(out, limit);
        require(out.size() <= limit + 9 + 16'384, "the limit of a pull");
        said += out.view();
        if (random.one_in(16)) session.pass_time(std::chrono::milliseconds(random.below(2000)));
        if (random.one_in(64)) session.ping();
        if (random.one_in(64)) session.drain();
        if (random.one_in(128)) session.shutdown(http::H2Code::no_error);
    }
}

// Everything that is still to be said; frames must be whole.
inline void finish(http::H2Session& session, std::string said) {
    for (int i = 0; i < 1000 && session.has_output(); ++i) {
        Buffer out;
        session.pull(out, 1 << 20);
        said += out.view();
    }
    if (said.starts_with(http::test::preface)) said.erase(0, http::test::preface.size());
    require(!http::test::describe(said).ends_with("and a part"), "frames are whole");
    session.connection_lost();
    require(session.open_streams() == 0, "no stream is left");
    require(session.finished() && !session.has_output(), "nothing is left to do");
}

}   // namespace gatehouse::fuzz
