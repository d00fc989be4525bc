#pragma once
// The body of a response as a source, whatever the handler made: for what can only be done piece by piece, a
// conversion into another charset and trailer fields behind a file. Takes the body of the response and stands
// in its place; both live until it is written.

#include "exchange/response.h"
#include "model/charset_map.h"

#include <optional>
#include <string>

namespace gatehouse::exchange {

class BodyStream final : public BodySource {
public:
    explicit BodyStream(Response& response);   // converts as response.recoding says

    loop::Task<Result<std::string_view>> next() override;
    [[nodiscard]] bool has_arrived() const override;
    [[nodiscard]] bool ended() const override;
    void client_is_slow() override;
    [[nodiscard]] const http::Fields* trailers() const override;

private:
    struct Piece {
        std::string_view text;
        bool is_content = true;   // else it stands between the parts of a file and is ASCII
    };
    loop::Task<Result<Piece>> take();   // an empty one: the end
    Result<Piece> take_from_file(const FileBody& file);
    [[nodiscard]] bool has_given_all() const;

    std::variant<std::monostate, std::string_view, FileBody, BodySource*> body_;
    std::optional<model::Recoder> recoder_;
    std::string block_;   // of a file
    std::string out_;
    std::size_t part_ = 0;          // of the file …
    bool in_part_ = false;          // … its head was handed out
    std::uint64_t part_done_ = 0;   // … and so many of its bytes
    bool done_ = false;
};

}   // namespace gatehouse::exchange
