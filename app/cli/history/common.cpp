#include "app/cli/history/common.h"

#include <QFileInfo>

#include "app/cli/history/time.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const SystemClock& historyClock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace

Failure wrongTime(const std::string& text) {
    return {FailureKind::usage,
            u"\"%1\" is no time."_s.arg(QString::fromStdString(text)),
            {},
            u"Write 2026-01-01T02:00:00Z, \"2026-01-01 02:00\" (local), now, or 2h for two hours ago."_s};
}

QString recordedName(const std::string& given) {
    const QString name = QString::fromStdString(given);
    return name.startsWith(u'@') ? name.mid(1) : name;
}

Outcome<Span> spanFromText(const std::string& from, const std::string& to, std::chrono::milliseconds length) {
    const ServerTime now = historyClock().wallNow();
    Span span{now - length, now + std::chrono::minutes{1}};
    if (!to.empty()) {
        const auto end = timeFromText(QString::fromStdString(to), now);
        if (!end) return wrongTime(to);
        span = {*end - length, *end};
    }
    if (!from.empty()) {
        const auto begin = timeFromText(QString::fromStdString(from), now);
        if (!begin) return wrongTime(from);
        span.from = *begin;
    }
    if (span.from < span.to) return span;
    return Failure{
        FailureKind::usage, u"The time asked for ends before it begins."_s, {}, u"Swap --from and --to."_s};
}

QString historyPath(const std::string& given) {
    return given.empty() ? defaultHistoryPath() : QString::fromStdString(given);
}

Outcome<std::unique_ptr<HistoryStore>> openHistoryToLook(const QString& path) {
    if (QFileInfo(path).isFile())
        return HistoryStore::open({.path = path, .only_read = true}, historyClock());
    return Failure{FailureKind::internal,
                   u"There is no history in %1 yet."_s.arg(path),
                   {},
                   u"Start \"spillwayctl record\", or open the window."_s};
}

}  // namespace spillway
