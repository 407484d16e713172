// A job's payload made fit to be shown: a bounded tree where it is JSON, bounded plain text otherwise, never
// anything that a widget could take for markup. Pure; takes time in proportion to the payload.
#pragma once

#include <QByteArray>
#include <QString>
#include <vector>

namespace spillway {

inline constexpr int kDeepestPayload = 100;        // levels; deeper JSON is shown as text
inline constexpr int kMostPayloadFields = 5000;    // in the tree
inline constexpr int kMostPayloadChildren = 500;   // of one field
inline constexpr int kLongestPayloadValue = 2000;  // characters of one value
inline constexpr int kLongestPayloadText = 64 * 1024;

struct PayloadField {
    QString name;   // safe to show; "[3]" in an array
    QString value;  // safe to show; "{4}" and "[12]" for what has children
    bool secret = false;
    qint64 not_shown = 0;  // further children
    std::vector<PayloadField> children;
};

struct PayloadView {
    enum class Form { none, json, text, bytes };
    Form form = Form::none;
    PayloadField root;  // with json
    QString text;       // safe to show, many lines; also with json
    QString copy;       // for the clipboard; complete wherever that is possible
    QString note;       // what is not shown, and why; may be empty
    bool has_secrets = false;
};

// `reveal`: secrets are shown (see secret_fields.h). `cut`: the server holds more than these bytes.
[[nodiscard]] PayloadView payloadView(const QByteArray& payload, bool cut, bool reveal);

// How deep brackets are nested outside of strings; says nothing about whether it is JSON.
[[nodiscard]] int nestingOf(const QByteArray& json);
// Text of many lines for a plain text widget: control characters visible, over-long lines broken, bounded.
[[nodiscard]] QString visibleParagraphs(const QString& text, int maxLength);

}  // namespace spillway
