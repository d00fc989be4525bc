#include "exchange/filters/encoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace gatehouse::exchange {
namespace {

using Coding = model::Compress::Coding;

// Output comes in pieces of this size; windows are small, for a gateway has many bodies at once.
constexpr std::size_t piece_bytes = 16 * 1024;
constexpr int brotli_window_bits = 18;
constexpr int zstd_window_bits = 19;

class GzipEncoder final : public Encoder {
public:
    [[nodiscard]] bool begin(int level) {
        constexpr int window_bits = 15, gzip_wrapper = 16, usual_memory = 8;
        began_ = deflateInit2(&stream_, level, Z_DEFLATED, window_bits + gzip_wrapper, usual_memory,
                              Z_DEFAULT_STRATEGY) == Z_OK;
        return began_;
    }
    ~GzipEncoder() override {
        if (began_) deflateEnd(&stream_);
    }

    bool encode(std::string_view in, Step step, std::string& out) override {
        const int mode = step == Step::finish ? Z_FINISH : step == Step::flush ? Z_SYNC_FLUSH : Z_NO_FLUSH;
        // zlib takes what it reads through a pointer that is not const
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = static_cast<uInt>(in.size());
        do {
            std::array<char, piece_bytes> piece;
            stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
            stream_.avail_out = piece.size();
            const int result = deflate(&stream_, mode);
            if (result == Z_STREAM_ERROR) return false;
            out.append(piece.data(), piece.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return true;
    }

private:
    z_stream stream_{};
    bool began_ = false;
};

class BrotliEncoder final : public Encoder {
public:
    [[nodiscard]] bool begin(int level) {
        if (state_ == nullptr) return false;
        BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(level));
        BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_LGWIN, brotli_window_bits);
        return true;
    }

    bool encode(std::string_view in, Step step, std::string& out) override {
        const auto operation = step == Step::finish  ? BROTLI_OPERATION_FINISH
                               : step == Step::flush ? BROTLI_OPERATION_FLUSH
                                                     : BROTLI_OPERATION_PROCESS;
        const auto* next = reinterpret_cast<const std::uint8_t*>(in.data());
        std::size_t left = in.size();
        do {
            std::size_t none = 0;
            if (BrotliEncoderCompressStream(state_.get(), operation, &left, &next, &none, nullptr, nullptr) ==
                BROTLI_FALSE)
                return false;
            std::size_t bytes = 0;
            const auto* made = BrotliEncoderTakeOutput(state_.get(), &bytes);
            out.append(reinterpret_cast<const char*>(made), bytes);
        } while (left > 0 || BrotliEncoderHasMoreOutput(state_.get()) != BROTLI_FALSE);
        return true;
    }

private:
    struct Free {
        void operator()(BrotliEncoderState* state) const { BrotliEncoderDestroyInstance(state); }
    };
    std::unique_ptr<BrotliEncoderState, Free> state_{BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)};
};

class ZstdEncoder final : public Encoder {
public:
    [[nodiscard]] bool begin(int level) {
        if (state_ == nullptr) return false;
        ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_windowLog, zstd_window_bits);
        return true;
    }

    bool encode(std::string_view in, Step step, std::string& out) override {
        const auto mode = step == Step::finish  ? ZSTD_e_end
                          : step == Step::flush ? ZSTD_e_flush
                                                : ZSTD_e_continue;
        ZSTD_inBuffer input{.src = in.data(), .size = in.size(), .pos = 0};
        bool done = false;
        while (!done) {
            std::array<char, piece_bytes> piece;
            ZSTD_outBuffer output{.dst = piece.data(), .size = piece.size(), .pos = 0};
            const auto left = ZSTD_compressStream2(state_.get(), &output, &input, mode);
            if (ZSTD_isError(left) != 0U) return false;
            out.append(piece.data(), output.pos);
            done = step == Step::go_on ? input.pos == input.size : left == 0;
        }
        return true;
    }

private:
    struct Free {
        void operator()(ZSTD_CCtx* state) const { ZSTD_freeCCtx(state); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> state_{ZSTD_createCCtx()};
};

template <class Kind>
std::unique_ptr<Encoder> begun(int level) {
    auto encoder = std::make_unique<Kind>();
    if (!encoder->begin(level)) return nullptr;
    return encoder;
}

}   // namespace

std::string_view name_of(Coding coding) {
    switch (coding) {
        case Coding::gzip: return "gzip";
        case Coding::brotli: return "br";
        case Coding::zstd: return "zstd";
    }
    return {};
}

std::unique_ptr<Encoder> make_encoder(Coding coding, const model::Compress& settings) {
    switch (coding) {
        case Coding::gzip: return begun<GzipEncoder>(settings.gzip_level);
        case Coding::brotli: return begun<BrotliEncoder>(settings.brotli_level);
        case Coding::zstd: return begun<ZstdEncoder>(settings.zstd_level);
    }
    return nullptr;
}

}   // namespace gatehouse::exchange
