// Either a value or a Failure. The border type between layers (std::expected is C++23).
#pragma once

#include <utility>
#include <variant>

#include "backends/domain/failure.h"

namespace spillway {

template <typename T>
class [[nodiscard]] Outcome {
public:
    Outcome(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Outcome(Failure failure) : m_state(std::in_place_index<1>, std::move(failure)) {}

    [[nodiscard]] bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const T& value() const& { return std::get<0>(m_state); }
    [[nodiscard]] T& value() & { return std::get<0>(m_state); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(m_state)); }
    [[nodiscard]] const Failure& failure() const { return std::get<1>(m_state); }
    const T& operator*() const { return value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Failure> m_state;
};

struct Done {};  // Outcome<Done>: it worked, there is nothing to return

}  // namespace spillway
