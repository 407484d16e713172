// Which parts of a payload are kept from eyes that look over a shoulder, unless asked for. By name only: a
// secret in a field called "note" cannot be known. Pure.
#pragma once

#include <QJsonValue>
#include <QString>

namespace spillway {

inline constexpr char16_t kHiddenText[] = u"•••••• (hidden)";

// "password", "cardNumber", "X-Api-Key", "access_token", …; not "discard" or "keyboard".
[[nodiscard]] bool isSecretName(const QString& name);
// The same value with what is secret replaced, however deep. The caller bounds the depth.
[[nodiscard]] QJsonValue redacted(const QJsonValue& value);
// For text that is no JSON, or not quite: `password=…`, `"token": "…"`, `Authorization: Bearer …`. Takes time
// in proportion to the text, whatever it holds.
[[nodiscard]] QString redacted(const QString& text);

}  // namespace spillway
