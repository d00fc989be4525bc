#pragma once
// An HTTP/2 connection to an endpoint, shared by the exchanges of a worker: one strand connects, reads and
// feeds the session, one writes what the session has for the endpoint. All of one turn's frames leave in one
// write. What a stream has not consumed stays charged to its window, and a stream whose connection cannot
// write waits: that is the back-pressure. Owned by its strand; when it is lost every stream is told by
// itself.

#include "http/h2_client.h"
#include "upstream/h2_pool.h"

namespace gatehouse::upstream {

class H2Connection final : public ListNode, private http::H2SessionEvents {
public:
    H2Connection(loop::Loop& loop, H2Pool& pool, H2Wish wish);
    ~H2Connection();
    H2Connection(const H2Connection&) = delete;
    H2Connection& operator=(const H2Connection&) = delete;

    static loop::Task<void> serve(std::unique_ptr<H2Connection> connection);

    [[nodiscard]] model::Endpoint& endpoint() const { return *wish_.endpoint; }
    [[nodiscard]] bool is_as(const H2Wish& wish) const {
        return wish_.context == wish.context && wish_.name == wish.name;
    }
    // A stream more can begin at once. Until the endpoint has said how many it takes, that is one.
    [[nodiscard]] bool has_room() const;
    // How many it takes is not known yet: streams wait for it.
    [[nodiscard]] bool is_beginning() const { return !over_ && !retired_ && !is_known_; }
    void take(H2Stream& stream);   // admits it, or lets it wait

    [[nodiscard]] bool has_served() const { return requests_ > 0; }
    [[nodiscard]] bool is_idle() const {
        return is_open_ && promised_ == 0 && session_.open_streams() == 0 && waiting_.empty();
    }
    // It is idle and has said so to itself: idle_since() holds.
    [[nodiscard]] bool has_idled() const { return is_idle() && was_idle_ && !over_; }
    [[nodiscard]] loop::TimePoint idle_since() const { return idle_since_; }
    [[nodiscard]] bool is_expired(loop::TimePoint now) const {
        return has_idled() && now - idle_since_ >= loop::Duration(wish_.keepalive.idle_timeout);
    }
    // Nobody needs it any more, and the endpoint does not take the rest of what it is sent.
    [[nodiscard]] bool is_overdue(loop::TimePoint now) const;
    void retire();   // takes no more streams, and ends with the last
    void leave();    // ends at once; a GOAWAY goes along if it can be written without waiting

    // --- of streams ---
    // It ended by itself, not for a rule that was broken.
    [[nodiscard]] bool was_lost() const { return over_ && !session_.failure(); }
    [[nodiscard]] Result<http::StreamId> submit(const http::H2Outgoing& request,
                                                http::H2StreamEvents& stream);
    void stream_left(bool before_submit);
    // A stream waited so long for the endpoint: if nothing else came either, others need not try.
    void stream_timed_out(loop::Duration after);
    void offer(http::StreamId id, std::string_view piece, bool last);
    void offer_trailers(http::StreamId id, const http::Fields& fields);
    void consume(http::StreamId id, std::size_t bytes);
    void reset(http::StreamId id, http::H2Code code);

private:
    loop::Task<void> run();
    loop::Task<Result<>> open();
    loop::Task<void> read();
    loop::Task<void> write();
    [[nodiscard]] bool take_input();   // false: the session is broken
    loop::Task<void> say_why();
    void admit(H2Stream& stream);
    void admit_waiting();
    void send_elsewhere();   // whoever still waits
    void fail_waiting(const Error& error);
    bool become_idle();
    void take_no_more();
    void say_goodbye();
    void end_writing();
    void goaway_arrived(http::H2Code code, http::StreamId last) override;

    loop::Loop& loop_;
    H2Pool& pool_;
    const H2Wish wish_;
    http::H2ClientSession session_;
    ConnectionPtr connection_;
    loop::Scope writer_;
    loop::Event output_, ended_;
    loop::Strand* reader_ = nullptr;
    IntrusiveList<H2Stream> waiting_;
    IntrusiveList<H2Stream> streams_;   // admitted
    Buffer out_;
    loop::TimePoint opened_, idle_since_, budget_time_;
    loop::TimePoint heard_;         // when the endpoint said anything last
    loop::TimePoint needed_last_;   // when the last stream left, or it was to take no more
    std::size_t promised_ = 0;      // admitted and not submitted
    std::uint64_t requests_ = 0;
    bool is_open_ = false;
    bool is_known_ = false;   // how many streams the endpoint takes
    bool retired_ = false;
    bool was_idle_ = true;
    bool said_goodbye_ = false;
    bool is_writing_ = false;   // the endpoint has yet to take what is written
    bool over_ = false;         // nothing more will be written
};

}   // namespace gatehouse::upstream
