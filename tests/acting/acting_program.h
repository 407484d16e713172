// spillwayctl replay, release and audit against one test server, with a journal of its own.
#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

#include "tests/support/program_run.h"

namespace spillway::test {

inline QJsonObject documentOf(const ProgramRun& run) {
    return QJsonDocument::fromJson(run.out.toUtf8()).object();
}

class ActingProgram {
public:
    explicit ActingProgram(QString url) : m_url(std::move(url)) {}

    [[nodiscard]] QProcessEnvironment environment() const {
        return environmentWith(QStringLiteral("XDG_STATE_HOME"), m_state.path());
    }
    [[nodiscard]] ProgramRun ctl(const QStringList& words) const {
        return runSpillwayctl(words, environment());
    }
    [[nodiscard]] QStringList words(const QString& action, const QStringList& more,
                                    const QString& where) const {
        return QStringList{action, m_url, QStringLiteral("--environment"), where, QStringLiteral("--json")} +
               more;
    }
    [[nodiscard]] ProgramRun replay(const QStringList& more,
                                    const QString& where = QStringLiteral("production")) const {
        return ctl(words(QStringLiteral("replay"), more, where));
    }
    [[nodiscard]] ProgramRun release(const QStringList& more,
                                     const QString& where = QStringLiteral("production")) const {
        return ctl(words(QStringLiteral("release"), more, where));
    }
    // The id of a plan; empty where there is none.
    [[nodiscard]] QString plan(const QStringList& more,
                               const QString& where = QStringLiteral("production")) const {
        return documentOf(replay(QStringList{QStringLiteral("--window"), QStringLiteral("0s")} + more,
                                 where))[QLatin1StringView("plan")]
            .toString();
    }
    [[nodiscard]] ProgramRun apply(const QString& plan, const QStringList& more = {},
                                   const QString& where = QStringLiteral("production")) const {
        return replay(QStringList{QStringLiteral("--apply"), plan, QStringLiteral("--reason"),
                                  QStringLiteral("a test")} +
                          more,
                      where);
    }

private:
    QString m_url;
    QTemporaryDir m_state;
};

}  // namespace spillway::test
