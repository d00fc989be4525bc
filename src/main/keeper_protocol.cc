#include "main/keeper_protocol.h"

#include <cstring>
#include <type_traits>

namespace gatehouse::process {
namespace {

class Writer {
public:
    void number(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void text(std::string_view value) {
        number(value.size());
        out_ += value;
    }
    template <class Items, class Write>
    void list(const Items& items, Write&& write) {
        number(items.size());
        for (const auto& item : items) write(item);
    }
    void texts(const std::vector<std::string>& values) {
        list(values, [this](const std::string& value) { text(value); });
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

// Reads what Writer wrote. After the first thing that does not fit everything is empty and ok() is false.
class Reader {
public:
    explicit Reader(std::string_view in) : in_(in) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        if (in_.size() < sizeof value) return fail();
        std::memcpy(&value, in_.data(), sizeof value);
        in_.remove_prefix(sizeof value);
        return value;
    }
    std::string text() {
        const std::uint64_t length = number();
        if (length > in_.size()) {
            fail();
            return {};
        }
        std::string value(in_.substr(0, length));
        in_.remove_prefix(length);
        return value;
    }
    // A value of an enum that begins with 0 and ends with `last`.
    template <class Enum>
    Enum choice(Enum last) {
        const std::uint64_t value = number();
        if (value <= static_cast<std::uint64_t>(last)) return static_cast<Enum>(value);
        fail();
        return {};
    }
    template <class Read>
    void list(Read&& read) {
        // each item takes at least one byte, so a wrong count ends with the text
        for (std::uint64_t left = number(); left > 0 && ok_; --left) read();
    }
    std::vector<std::string> texts() {
        std::vector<std::string> values;
        list([&] { values.push_back(text()); });
        return values;
    }
    [[nodiscard]] bool finished() const { return ok_ && in_.empty(); }

private:
    std::uint64_t fail() {
        ok_ = false;
        in_ = {};
        return 0;
    }
    std::string_view in_;
    bool ok_ = true;
};

void write_body(Writer& to, const FileRecord& files) {
    to.list(files.texts, [&](const auto& file) {
        to.text(file.first);
        to.text(file.second);
    });
    to.list(files.globs, [&](const auto& glob) {
        to.text(glob.first);
        to.texts(glob.second);
    });
}

void write_body(Writer& to, const Configure& message) {
    to.number(message.generation);
    write_body(to, message.files);
    to.list(message.listeners, [&](const ListenerEntry& entry) {
        to.number(entry.id);
        to.text(entry.text);
    });
    to.texts(message.log_paths);
}
void write_body(Writer& to, const Reopen& message) { to.texts(message.log_paths); }
void write_body(Writer&, const Quit&) {}
void write_body(Writer&, const Stop&) {}
void write_body(Writer& to, const Applied& message) { to.number(message.generation); }
void write_body(Writer& to, const Failed& message) {
    to.number(message.generation);
    to.text(message.text);
}
void write_body(Writer&, const Drained&) {}
void write_body(Writer& to, const EngineBytes& message) {
    to.number(message.question);
    to.text(message.bytes);
}
void write_body(Writer& to, const EngineEnd& message) {
    to.number(message.question);
    to.number(static_cast<std::uint64_t>(message.how));
    to.number(static_cast<std::uint64_t>(message.os_error));
}
void write_body(Writer& to, const AskEngine& message) {
    to.number(message.question);
    to.text(message.endpoint);
    to.texts(message.addresses);
    to.number(static_cast<std::uint64_t>(message.request.kind));
    to.text(message.request.id);
    to.number(static_cast<std::uint64_t>(message.request.since));
}
void write_body(Writer& to, const LeaveEngine& message) { to.number(message.question); }

void read_body(Reader& from, FileRecord& files) {
    from.list([&] {
        std::string path = from.text();
        files.texts.insert_or_assign(std::move(path), from.text());
    });
    from.list([&] {
        std::string pattern = from.text();
        files.globs.insert_or_assign(std::move(pattern), from.texts());
    });
}

void read_body(Reader& from, Configure& message) {
    message.generation = from.number();
    read_body(from, message.files);
    from.list([&] {
        const std::uint64_t id = from.number();
        message.listeners.push_back({id, from.text()});
    });
    message.log_paths = from.texts();
}
void read_body(Reader& from, Reopen& message) { message.log_paths = from.texts(); }
void read_body(Reader&, Quit&) {}
void read_body(Reader&, Stop&) {}
void read_body(Reader& from, Applied& message) { message.generation = from.number(); }
void read_body(Reader& from, Failed& message) {
    message.generation = from.number();
    message.text = from.text();
}
void read_body(Reader&, Drained&) {}
void read_body(Reader& from, EngineBytes& message) {
    message.question = from.number();
    message.bytes = from.text();
}
void read_body(Reader& from, EngineEnd& message) {
    message.question = from.number();
    message.how = from.choice(EngineEnd::How::broken_connection);
    message.os_error = static_cast<int>(from.number());
}
void read_body(Reader& from, AskEngine& message) {
    message.question = from.number();
    message.endpoint = from.text();
    message.addresses = from.texts();
    message.request.kind = from.choice(docker::EngineRequest::Kind::events);
    message.request.id = from.text();
    message.request.since = static_cast<std::int64_t>(from.number());
}
void read_body(Reader& from, LeaveEngine& message) { message.question = from.number(); }

// The message of the type whose index in the variant is `type`.
template <std::size_t Index = 0>
std::optional<Message> read_message(std::uint32_t type, Reader& from) {
    if constexpr (Index < std::variant_size_v<Message>) {
        if (type != Index) return read_message<Index + 1>(type, from);
        std::variant_alternative_t<Index, Message> message;
        read_body(from, message);
        if (!from.finished()) return std::nullopt;
        return message;
    } else {
        return std::nullopt;
    }
}

}   // namespace

std::optional<FrameHead> FrameHead::decode(std::string_view text) {
    FrameHead head;
    std::memcpy(&head.body_bytes, text.data(), 8);
    std::memcpy(&head.type, text.data() + 8, 4);
    std::memcpy(&head.descriptors, text.data() + 12, 4);
    if (head.body_bytes > max_body_bytes || head.descriptors > max_descriptors) return std::nullopt;
    if (head.type >= std::variant_size_v<Message>) return std::nullopt;
    return head;
}

std::string encode(const Message& message, std::uint32_t descriptors) {
    Writer body;
    std::visit([&](const auto& content) { write_body(body, content); }, message);
    const std::string content = body.take();
    const std::uint64_t body_bytes = content.size();
    const auto type = static_cast<std::uint32_t>(message.index());
    std::string frame(FrameHead::bytes, '\0');
    std::memcpy(frame.data(), &body_bytes, 8);
    std::memcpy(frame.data() + 8, &type, 4);
    std::memcpy(frame.data() + 12, &descriptors, 4);
    return frame + content;
}

std::optional<Message> decode(const FrameHead& head, std::string_view body) {
    Reader from(body);
    return read_message(head.type, from);
}

}   // namespace gatehouse::process
