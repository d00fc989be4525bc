#pragma once
// A content coding at work on one body (RFC 9110 8.4.1; RFC 7932, RFC 8878). Sans-I/O: bytes in, bytes out.

#include "model/filters/compress.h"

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::exchange {

class Encoder {
public:
    enum class Step : std::uint8_t {
        go_on,    // keep what makes a better result
        flush,    // all that came in can be decoded from what goes out
        finish,   // that was all
    };
    virtual ~Encoder() = default;
    // Appends to `out`; false: out of memory.
    [[nodiscard]] virtual bool encode(std::string_view in, Step step, std::string& out) = 0;
};

[[nodiscard]] std::string_view name_of(model::Compress::Coding coding);   // as in Content-Encoding
// Null: out of memory.
[[nodiscard]] std::unique_ptr<Encoder> make_encoder(model::Compress::Coding coding,
                                                    const model::Compress& settings);

}   // namespace gatehouse::exchange
