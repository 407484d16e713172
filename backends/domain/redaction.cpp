#include "backends/domain/redaction.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QStringDecoder>
#include <algorithm>
#include <optional>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kDeepestPath = 128;  // below it nothing is judged, and nothing shown
constexpr int kDeepestText = 4;          // JSON in a string in JSON in a string …

QByteArray quoted(const QString& text) {
    const QByteArray array = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return array.mid(1, array.size() - 2);
}

std::optional<QString> unquoted(const QByteArray& literal) {
    const auto document = QJsonDocument::fromJson('[' + literal + ']');
    if (!document.isArray() || !document.array().at(0).isString()) return std::nullopt;
    return document.array().at(0).toString();
}

bool looksLikeJson(const QByteArray& bytes) {
    const QByteArray start = bytes.left(64).trimmed();
    return start.startsWith('{') || start.startsWith('[');
}

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Strict but for a character that the end of the bytes has cut in two.
std::optional<QString> textOf(const QByteArray& bytes) {
    for (int cut = 0; cut < 4 && cut <= bytes.size(); ++cut) {
        QStringDecoder strict(QStringConverter::Utf8, QStringConverter::Flag::Stateless);
        QString text = strict(QByteArrayView(bytes).chopped(cut));
        if (!strict.hasError()) return text.contains(QChar(u'\0')) ? std::nullopt : std::optional(text);
    }
    return std::nullopt;
}

}  // namespace

QString redactedMark() {
    return u"(hidden by a rule)"_s;
}

// Copies JSON and leaves out what a rule hides. It needs no whole document: where the bytes end, what was
// copied ends; where they are no JSON any more, `rest()` begins.
class JsonRedactor {
public:
    JsonRedactor(const RedactionRules& rules, const QByteArray& json, int nesting)
        : m_rules(rules), m_json(json), m_nesting(nesting) {}

    QByteArray run() {
        while (m_good && m_at < m_json.size()) step();
        return m_out;
    }
    [[nodiscard]] QByteArray rest() const { return m_json.mid(m_at); }

private:
    enum class Need { key, colon, value, comma, nothing };
    struct Level {
        bool object = false;
        Need need = Need::value;
        qint64 index = 0;
    };

    void step() {
        const char c = m_json[m_at];
        if (isSpace(c)) return copy(1);
        switch (m_levels.empty() ? m_need : m_levels.back().need) {
            case Need::key:
                return c == '}' ? leave(c) : key();
            case Need::colon:
                return separate(c == ':', Need::value);
            case Need::value:
                return c == ']' ? leave(c) : value();
            case Need::comma:
                return c == ',' ? next() : leave(c);
            case Need::nothing:
                m_good = false;
        }
    }
    void copy(qsizetype n) {
        m_out += QByteArrayView(m_json).sliced(m_at, n);
        m_at += n;
    }
    Need& need() { return m_levels.empty() ? m_need : m_levels.back().need; }
    void separate(bool fits, Need then) {
        m_good = fits;
        if (!fits) return;
        copy(1);
        need() = then;
    }
    void leave(char c) {
        m_good = !m_levels.empty() && c == (m_levels.back().object ? '}' : ']');
        if (!m_good) return;
        m_levels.pop_back();
        m_path.removeLast();
        copy(1);
    }
    void next() {
        Level& level = m_levels.back();
        if (!level.object) m_path.back() = QString::number(++level.index);
        separate(true, level.object ? Need::key : Need::value);
    }
    void key() {
        m_good = m_json[m_at] == '"';
        if (!m_good) return;
        const qsizetype end = endOfString(m_at);
        const QByteArray literal = m_json.mid(m_at, end - m_at);
        m_path.back() = unquoted(literal).value_or(QString::fromUtf8(literal.mid(1)));
        copy(end - m_at);
        need() = Need::colon;
    }
    void value() {
        need() = m_levels.empty() ? Need::nothing : Need::comma;
        if (m_path.size() > kDeepestPath || (!m_path.isEmpty() && m_rules.hides(m_path))) {
            m_out += quoted(redactedMark());
            m_at = endOfValue();
            return;
        }
        const char c = m_json[m_at];
        if (c == '{' || c == '[') {
            m_levels.push_back({c == '{', c == '{' ? Need::key : Need::value, 0});
            m_path << (c == '{' ? QString() : u"0"_s);
            return copy(1);
        }
        if (c == '"') return string();
        m_good = QByteArrayView("-0123456789tfn").contains(c);
        if (m_good) copy(endOfScalar(m_at) - m_at);
    }
    // What is in it may be JSON of its own, or text that names one of the keys.
    void string() {
        const qsizetype end = endOfString(m_at);
        const QByteArray literal = m_json.mid(m_at, end - m_at);
        const bool whole = end - m_at >= 2 && literal.endsWith('"');
        const auto text = unquoted(whole ? literal : literal + '"');
        const QString safe = text ? m_rules.prose(*text, m_nesting + 1) : redactedMark();
        if (text && safe == *text)
            m_out += literal;
        else
            m_out += quoted(safe);
        m_at = end;
    }
    [[nodiscard]] qsizetype endOfString(qsizetype at) const {
        for (qsizetype i = at + 1; i < m_json.size(); ++i) {
            if (m_json[i] == '\\')
                ++i;
            else if (m_json[i] == '"')
                return i + 1;
        }
        return m_json.size();
    }
    [[nodiscard]] qsizetype endOfScalar(qsizetype at) const {
        while (at < m_json.size() && !isSpace(m_json[at]) && !QByteArrayView(",:{}[]\"").contains(m_json[at]))
            ++at;
        return at;
    }
    [[nodiscard]] qsizetype endOfValue() const {
        const char c = m_json[m_at];
        if (c == '"') return endOfString(m_at);
        if (c != '{' && c != '[') return std::max(m_at + 1, endOfScalar(m_at));
        int depth = 0;
        for (qsizetype i = m_at; i < m_json.size(); ++i) {
            if (m_json[i] == '"')
                i = endOfString(i) - 1;
            else if (m_json[i] == '{' || m_json[i] == '[')
                ++depth;
            else if ((m_json[i] == '}' || m_json[i] == ']') && --depth == 0)
                return i + 1;
        }
        return m_json.size();
    }

    const RedactionRules& m_rules;
    const QByteArray& m_json;
    int m_nesting;
    QByteArray m_out;
    qsizetype m_at = 0;
    std::vector<Level> m_levels;
    Need m_need = Need::value;  // outside of all levels
    QStringList m_path;
    bool m_good = true;
};

Outcome<RedactionRules::Path> RedactionRules::pathOf(const QString& rule) {
    const Failure wrong{FailureKind::usage,
                        u"\"%1\" is no redaction rule."_s.arg(rule.left(80)),
                        {},
                        u"Write a key (email) or a path ($.user.email, $.items[*].card, $..iban)."_s};
    static const QRegularExpression key(u"^[^\\s.$\\[\\]*\"':=]+$"_s);
    static const QRegularExpression part(
        uR"(\G(?:(\.\.)|\.)?(?:\[(\*|[0-9]+)\]|\['([^']+)'\]|(\*|[^\s.$\[\]*"':=]+)))"_s);
    if (!rule.startsWith(u'$')) {
        if (!key.match(rule).hasMatch()) return wrong;
        return Path{{Step::Kind::deep, {}}, {Step::Kind::key, rule}};
    }
    Path path;
    qsizetype at = 1;
    while (at < rule.size()) {
        const auto found = part.match(rule, at);
        const bool bracket = found.hasMatch() && (found.hasCaptured(2) || found.hasCaptured(3));
        if (!found.hasMatch() || (!bracket && rule[at] != u'.')) return wrong;
        if (found.hasCaptured(1)) path.push_back({Step::Kind::deep, {}});
        const QString name = found.captured(2) + found.captured(3) + found.captured(4);
        path.push_back({name == u'*' ? Step::Kind::any : Step::Kind::key, name});
        at = found.capturedEnd();
    }
    if (path.empty()) return wrong;
    return path;
}

Outcome<RedactionRules> RedactionRules::of(const QStringList& rules) {
    RedactionRules made;
    for (const QString& rule : rules) {
        auto path = pathOf(rule.trimmed());
        if (!path) return path.failure();
        for (auto step = path->rbegin(); step != path->rend(); ++step) {
            bool isIndex = false;
            (void)step->name.toUInt(&isIndex);
            if (step->kind != Step::Kind::key || isIndex) continue;
            if (!made.m_keys.contains(step->name)) made.m_keys << step->name;
            break;
        }
        made.m_rules.push_back(std::move(path).value());
    }
    return made;
}

RedactionRules RedactionRules::hidingAll(const QString& why) {
    RedactionRules all;
    all.m_fault = why;
    return all;
}

bool RedactionRules::matches(const Path& rule, size_t at, const QStringList& path, qsizetype from) {
    if (at == rule.size()) return from == path.size();
    const Step& step = rule[at];
    if (step.kind == Step::Kind::deep) {
        for (qsizetype skip = from; skip < path.size(); ++skip)
            if (matches(rule, at + 1, path, skip)) return true;
        return false;
    }
    if (from >= path.size()) return false;
    const bool fits = step.kind == Step::Kind::any || path[from].compare(step.name, Qt::CaseInsensitive) == 0;
    return fits && matches(rule, at + 1, path, from + 1);
}

bool RedactionRules::hides(const QStringList& path) const {
    return std::ranges::any_of(m_rules, [&](const Path& rule) { return matches(rule, 0, path, 0); });
}

QByteArray RedactionRules::json(const QByteArray& payload, int nesting) const {
    JsonRedactor redactor(*this, payload, nesting);
    QByteArray out = redactor.run();
    if (const QByteArray rest = redactor.rest(); !rest.isEmpty())
        out += prose(QString::fromUtf8(rest), kDeepestText).toUtf8();
    return out;
}

// A key, perhaps quoted (once more where it is inside of a string), a separator, and a value up to where it
// ends.
QString RedactionRules::prose(const QString& text, int nesting) const {
    if (nesting < kDeepestText && looksLikeJson(text.left(64).toUtf8()))
        return QString::fromUtf8(json(text.toUtf8(), nesting));
    if (m_keys.isEmpty()) return text;
    QStringList keys;
    for (const QString& key : m_keys) keys << QRegularExpression::escape(key);
    const QRegularExpression pattern(
        u"((?<![\\w-])(?:"_s + keys.join(u'|') +
            uR"re()\\{0,3}+["']?\s{0,8}+(?:=>|[:=])\s{0,8}+)(?:"(?:[^"\\]++|\\.)*+"?|'(?:[^'\\]++|\\.)*+'?|\\"(?:[^"\\]++|\\[^"])*+\\?"?|[\[{][^\]}]*+[\]}]?|[^\s,;&}\]"']++))re"_s,
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::DotMatchesEverythingOption);
    QString out = text;
    return out.replace(pattern, u"\\1"_s + redactedMark());
}

QByteArray RedactionRules::applied(const QByteArray& payload) const {
    if (payload.isEmpty() || empty()) return payload;
    if (!m_fault.isEmpty()) return m_fault.toUtf8();
    if (looksLikeJson(payload)) return json(payload, 0);
    const auto text = textOf(payload);
    if (text) return prose(*text, 0).toUtf8();
    return u"(hidden: redaction rules cannot be applied to bytes that are no text)"_s.toUtf8();
}

QString RedactionRules::applied(const QString& text) const {
    if (text.isEmpty() || empty()) return text;
    return m_fault.isEmpty() ? prose(text, 0) : m_fault;
}

void redact(DeadJob& job, const RedactionRules& rules) {
    job.error = rules.applied(job.error);
}

void redact(DeadGroup& group, const RedactionRules& rules) {
    group.sample = rules.applied(group.sample);
}

void redact(JobDetail& detail, const RedactionRules& rules) {
    redact(detail.job, rules);
    detail.payload = rules.applied(detail.payload);
    for (JobError& error : detail.errors) error.text = rules.applied(error.text);
}

Answer redact(Answer answer, const RedactionRules& rules) {
    if (rules.empty()) return answer;
    if (auto* page = std::get_if<DeadPage>(&answer))
        for (DeadJob& job : page->jobs) redact(job, rules);
    if (auto* groups = std::get_if<DeadGroups>(&answer))
        for (DeadGroup& group : groups->groups) redact(group, rules);
    if (auto* detail = std::get_if<JobDetail>(&answer)) redact(*detail, rules);
    return answer;
}

}  // namespace spillway
