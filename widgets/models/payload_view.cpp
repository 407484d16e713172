#include "widgets/models/payload_view.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringDecoder>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/models/secret_fields.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kLongestLine = 1000;  // a text widget lays out one line at a time
constexpr qsizetype kHexBytes = 4096;

// Numbers beyond what a double holds exactly say so.
QString numberText(const QJsonValue& value) {
    const QVariant number = value.toVariant();
    if (number.typeId() == QMetaType::LongLong) return QString::number(number.toLongLong());
    const double d = value.toDouble();
    const QString text = QString::number(d, 'g', 15);
    return std::abs(d) >= 9007199254740992.0 ? u"≈ "_s + text : text;
}

QString scalarText(const QJsonValue& value) {
    switch (value.type()) {
        case QJsonValue::String:
            return u'"' + visibleText(value.toString(), kLongestPayloadValue) + u'"';
        case QJsonValue::Bool:
            return value.toBool() ? u"true"_s : u"false"_s;
        case QJsonValue::Double:
            return numberText(value);
        default:
            return u"null"_s;
    }
}

class TreeBuilder {
public:
    explicit TreeBuilder(bool reveal) : m_reveal(reveal) {}

    PayloadField field(const QString& name, const QJsonValue& value, bool secret = false) {
        --m_left;
        PayloadField made{visibleText(name, 120), {}, secret, 0, {}};
        if (secret && !m_reveal)
            made.value = QString::fromUtf16(kHiddenText);
        else if (value.isObject())
            object(made, value.toObject());
        else if (value.isArray())
            array(made, value.toArray());
        else
            made.value = scalarText(m_reveal ? value : redacted(value));
        return made;
    }

private:
    bool room(const PayloadField& parent) const {
        return m_left > 0 && parent.children.size() < static_cast<size_t>(kMostPayloadChildren);
    }
    void object(PayloadField& parent, const QJsonObject& members) {
        parent.value = u"{%1}"_s.arg(members.size());
        for (auto it = members.begin(); it != members.end() && room(parent); ++it)
            parent.children.push_back(
                field(it.key(), it.value(), isSecretName(it.key()) && !it.value().isNull()));
        parent.not_shown = members.size() - static_cast<qint64>(parent.children.size());
    }
    void array(PayloadField& parent, const QJsonArray& elements) {
        parent.value = u"[%1]"_s.arg(elements.size());
        for (qsizetype i = 0; i < elements.size() && room(parent); ++i)
            parent.children.push_back(field(u"[%1]"_s.arg(i), elements[i]));
        parent.not_shown = elements.size() - static_cast<qint64>(parent.children.size());
    }

    bool m_reveal;
    int m_left = kMostPayloadFields;
};

bool isControl(char16_t c) {
    return (c < 0x20 && c != u'\n' && c != u'\r' && c != u'\t') || c == 0x7f;
}

// nullopt-like empty optional: these bytes are no text.
std::optional<QString> decoded(const QByteArray& bytes, bool cut) {
    QByteArrayView whole(bytes);
    // A cut may have gone through the middle of a character.
    for (int i = 0; cut && i < 4 && !whole.isEmpty(); ++i) {
        const auto last = static_cast<uchar>(whole.back());
        if (last < 0x80) break;
        whole.chop(1);
        if (last >= 0xc0) break;
    }
    QStringDecoder strict(QStringConverter::Utf8, QStringConverter::Flag::Stateless);
    QString text = strict(whole);
    if (strict.hasError()) return std::nullopt;
    const auto controls =
        std::count_if(text.begin(), text.end(), [](QChar c) { return isControl(c.unicode()); });
    if (controls > text.size() / 20) return std::nullopt;
    return text;
}

QString hexText(const QByteArray& bytes) {
    QStringList lines;
    for (qsizetype at = 0; at < std::min(bytes.size(), kHexBytes); at += 16) {
        const QByteArray part = bytes.mid(at, 16);
        QString ascii;
        for (const char byte : part)
            ascii += byte >= 0x20 && byte < 0x7f ? QChar(QLatin1Char(byte)) : QChar(u'.');
        lines << u"%1  %2  %3"_s.arg(at, 6, 16, QChar(u'0'))
                     .arg(QString::fromLatin1(part.toHex(' ')), -47)
                     .arg(ascii);
    }
    return lines.join(u'\n');
}

void addNote(PayloadView& view, const QString& note) {
    if (!view.note.isEmpty()) view.note += u' ';
    view.note += note;
}

void showJson(PayloadView& view, const QJsonDocument& document, const QByteArray& payload, bool reveal) {
    const QJsonValue root =
        document.isObject() ? QJsonValue(document.object()) : QJsonValue(document.array());
    const QJsonValue safe = redacted(root);
    view.form = PayloadView::Form::json;
    view.has_secrets = safe != root;
    view.root = TreeBuilder(reveal).field({}, root);
    const QJsonDocument shown = reveal            ? document
                                : safe.isObject() ? QJsonDocument(safe.toObject())
                                                  : QJsonDocument(safe.toArray());
    const QString text = QString::fromUtf8(shown.toJson(QJsonDocument::Indented));
    view.text = visibleParagraphs(text, kLongestPayloadText);
    view.copy = reveal ? QString::fromUtf8(payload) : text;
}

void showText(PayloadView& view, const QString& text, bool reveal) {
    const QString bounded = text.left(kLongestPayloadText);
    const QString safe = redacted(bounded);
    view.form = PayloadView::Form::text;
    view.has_secrets = safe != bounded;
    view.text = visibleParagraphs(reveal ? bounded : safe, kLongestPayloadText);
    view.copy = reveal ? text : safe;
    if (text.size() > kLongestPayloadText)
        addNote(view, u"The first %1 of %2 characters are shown."_s.arg(exactCountText(kLongestPayloadText),
                                                                        exactCountText(text.size())));
}

void showBytes(PayloadView& view, const QByteArray& payload) {
    view.form = PayloadView::Form::bytes;
    view.text = hexText(payload);
    view.copy = QString::fromLatin1(payload.toHex());
    addNote(view, u"These bytes are no text."_s);
    if (payload.size() > kHexBytes)
        addNote(view, u"The first %1 of %2 bytes are shown."_s.arg(exactCountText(kHexBytes),
                                                                   exactCountText(payload.size())));
}

}  // namespace

int nestingOf(const QByteArray& json) {
    int depth = 0, deepest = 0;
    bool inString = false, escape = false;
    for (const char c : json) {
        if (inString) {
            inString = escape || c != '"';
            escape = !escape && c == '\\';
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return deepest;
}

QString visibleParagraphs(const QString& text, int maxLength) {
    QStringList lines;
    for (const QString& line : text.left(maxLength).split(u'\n')) {
        const QString whole = line.endsWith(u'\r') ? line.chopped(1) : line;
        for (qsizetype at = 0; at == 0 || at < whole.size(); at += kLongestLine)
            lines << visibleText(whole.mid(at, kLongestLine), kLongestLine);
    }
    return lines.join(u'\n') + (text.size() > maxLength ? u"\n…"_s : QString());
}

PayloadView payloadView(const QByteArray& payload, bool cut, bool reveal) {
    PayloadView view;
    if (cut)
        addNote(view, payload.isEmpty()
                          ? u"It is too large to be fetched."_s
                          : u"It is larger than the %1 bytes fetched."_s.arg(exactCountText(payload.size())));
    if (payload.isEmpty()) return view;
    const int depth = nestingOf(payload);
    if (depth > kDeepestPayload) {
        addNote(view, u"Nested %1 levels deep: shown as text."_s.arg(exactCountText(depth)));
    } else {
        QJsonParseError error;
        const QJsonDocument document = QJsonDocument::fromJson(payload, &error);
        if (error.error == QJsonParseError::NoError && !document.isNull()) {
            showJson(view, document, payload, reveal);
            return view;
        }
    }
    if (const auto text = decoded(payload, cut))
        showText(view, *text, reveal);
    else
        showBytes(view, payload);
    return view;
}

}  // namespace spillway
