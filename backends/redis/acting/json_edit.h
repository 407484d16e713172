// Changes single members of a JSON object as text, so that every other byte stays: numbers, order, spaces.
// Pure.
#pragma once

#include <QByteArray>
#include <optional>

namespace spillway {

// The value of a member of the outermost object, as it stands there; nullopt: no such member, or no object.
[[nodiscard]] std::optional<QByteArray> jsonMember(const QByteArray& object, const QByteArray& name);
// With another value; added at the end where it was not there. nullopt: no object.
[[nodiscard]] std::optional<QByteArray> withJsonMember(const QByteArray& object, const QByteArray& name,
                                                       const QByteArray& value);

}  // namespace spillway
