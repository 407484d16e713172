// What of a job's data nobody gets to see: the rules of the person's organisation. Whatever shows, copies,
// prints or reports a payload does so after `redact()`. Values; any thread.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <vector>

#include "backends/domain/inquiry.h"
#include "backends/domain/outcome.h"

namespace spillway {

// In the place of a hidden value.
[[nodiscard]] QString redactedMark();  // "(hidden by a rule)"

class RedactionRules {
public:
    RedactionRules() = default;  // hides nothing
    // A rule is a key at any depth, in any case ("email"), or a path from the root: "$.user.email",
    // "$.items[*].card", "$.args[0]", "$..iban" ("*" is any key or index). Failure: usage, with the rule.
    [[nodiscard]] static Outcome<RedactionRules> of(const QStringList& rules);
    // Hides everything: for rules that cannot be read. `why` is a sentence for people.
    [[nodiscard]] static RedactionRules hidingAll(const QString& why);

    [[nodiscard]] bool empty() const { return m_rules.empty() && m_fault.isEmpty(); }
    [[nodiscard]] const QString& fault() const { return m_fault; }

    // JSON stays byte for byte what it was but for the hidden values, also where it is cut off or goes wrong
    // on the way; JSON inside of strings is looked into. In other text the rules' last keys are looked for
    // (`email=…`, "email": …). Bytes that are no text are hidden whole: nothing can be told apart there.
    [[nodiscard]] QByteArray applied(const QByteArray& payload) const;
    // For error texts and other prose.
    [[nodiscard]] QString applied(const QString& text) const;

private:
    friend class JsonRedactor;
    struct Step {
        enum class Kind { key, any, deep } kind = Kind::key;
        QString name;  // of a key, or the number of an index
        bool operator==(const Step&) const = default;
    };
    using Path = std::vector<Step>;
    [[nodiscard]] static Outcome<Path> pathOf(const QString& rule);
    [[nodiscard]] static bool matches(const Path& rule, size_t at, const QStringList& path, qsizetype from);
    [[nodiscard]] bool hides(const QStringList& path) const;
    [[nodiscard]] QByteArray json(const QByteArray& payload, int nesting) const;
    [[nodiscard]] QString prose(const QString& text, int nesting) const;

    std::vector<Path> m_rules;
    QStringList m_keys;  // the last key of each rule, for what is no JSON
    QString m_fault;
};

// Payloads and error texts in it. Signatures and ids stay: they are what a replay selects by.
[[nodiscard]] Answer redact(Answer answer, const RedactionRules& rules);
void redact(DeadJob& job, const RedactionRules& rules);
void redact(DeadGroup& group, const RedactionRules& rules);
void redact(JobDetail& detail, const RedactionRules& rules);

}  // namespace spillway
