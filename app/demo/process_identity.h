// A process that cannot be mistaken for a later one with the same number.
#pragma once

#include <QString>
#include <optional>

namespace spillway {

struct ProcessIdentity {
    qint64 pid = 0;
    qint64 started = 0;  // clock ticks after boot, from /proc/PID/stat

    [[nodiscard]] bool alive() const;  // a zombie is not
    [[nodiscard]] static ProcessIdentity current();
    [[nodiscard]] static std::optional<ProcessIdentity> of(qint64 pid);

    [[nodiscard]] QString text() const;  // "1234 567890"
    [[nodiscard]] static std::optional<ProcessIdentity> fromText(const QString& text);
    bool operator==(const ProcessIdentity&) const = default;
};

}  // namespace spillway
