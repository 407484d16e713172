// Numbers as people read them. The same words in the window, on the terminal and in findings.
// Separators are plain spaces, so that text can be searched for; a label that wraps may harden them.
#pragma once

#include <QDate>
#include <QString>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

[[nodiscard]] QString countText(qint64 n);                // 931, "12.4 k", "50.0 M"
[[nodiscard]] QString exactCountText(qint64 n);           // "12 431"
[[nodiscard]] QString rateText(double perSecond);         // "4 000/s", "0.4/s", "2.1/min" below 0.05/s
[[nodiscard]] QString compactRateText(double perSecond);  // for narrow cells, no unit: "5.0 k", "0.4"
[[nodiscard]] QString durationText(double seconds);       // "8 s", "2 h 47 min", "3 d 4 h"
// In local time: "since 02:41", or "since Tue 17 Nov, 02:41" if that was not `today`.
[[nodiscard]] QString sinceText(ServerTime since, const QDate& today);
[[nodiscard]] QString factorText(double factor);  // "5.0×"

// A share of 0..1: "48 %"; "under 1 %" and "over 99 %" where a rounded figure would say none or all.
[[nodiscard]] QString percentText(double share);

// "At least none" says nothing: it is shown like what is not observable.
template <typename T>
[[nodiscard]] bool tellsSomething(const Measured<T>& m) {
    return m.known() && !(m.provenance == Provenance::lower_bound && *m.value == T{});
}

// With the provenance sign: "≈ 2.0 M", "≥ 10.0 k", "–" for not observable.
[[nodiscard]] QString countText(const Count& n);
[[nodiscard]] QString rateText(const Rate& rate);
[[nodiscard]] QString durationText(const Seconds& duration);
[[nodiscard]] QString provenanceSign(Provenance provenance);  // "", "≈ ", "≥ ", "–"

// Control, bidi, zero-width, tag and surrogate characters: what can act on a terminal or deceive the eye.
[[nodiscard]] bool isInvisible(char32_t c);

// One line of safe plain text: control characters, bidi overrides and newlines become visible escapes
// ("\n", "\x1b", "\u202e"), cut to `maxLength` characters with "…". For names and errors from a server.
[[nodiscard]] QString visibleText(const QString& hostile, int maxLength = 200);
// The same for bytes that should be UTF-8; bytes that are not become "\xff".
[[nodiscard]] QString visibleText(const QByteArray& hostile, int maxLength = 200);

}  // namespace spillway
