// What the functions that eat any bytes have in common.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace spillway::fuzz {

inline QByteArrayView viewOf(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), static_cast<qsizetype>(size)};
}

// What must hold for every input; also without assertions.
inline void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace spillway::fuzz
