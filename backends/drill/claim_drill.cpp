#include "backends/drill/claim_drill.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
namespace {

constexpr qint64 kMostJobs = 5'000'000;
constexpr qint64 kUsualJobs = 20'000;
constexpr milliseconds kUsualTime = 60s;
constexpr milliseconds kPatientTime = 10min;  // where a number of jobs or a bound is the aim
constexpr int kClaimsPerJob = 4;

Failure outOfBounds(const QString& what, const QString& bounds) {
    return {FailureKind::usage, u"%1 must be %2."_s.arg(what, bounds), {}, {}};
}

bool outside(milliseconds value, milliseconds least, milliseconds most) {
    return value < least || value > most;
}

std::optional<Failure> problem(const ClaimDrillSettings& s) {
    if (s.style == ClaimStyle::own && s.script.trimmed().isEmpty())
        return Failure{FailureKind::usage,
                       u"%1 is empty."_s.arg(s.scriptFile.isEmpty() ? u"The claim"_s : s.scriptFile),
                       {},
                       u"It must hold the statement or script that claims one job."_s};
    if (s.workers < 1 || s.workers > 64) return outOfBounds(u"--workers"_s, u"1 to 64"_s);
    if (s.jobs && (*s.jobs < 1 || *s.jobs > kMostJobs))
        return outOfBounds(u"--jobs"_s, u"1 to %1"_s.arg(exactCountText(kMostJobs)));
    if (s.time && outside(*s.time, 100ms, 1h)) return outOfBounds(u"--time"_s, u"100ms to 1h"_s);
    if (s.until_ppm && !(*s.until_ppm >= 1 && *s.until_ppm < 1e6))
        return outOfBounds(u"--until-ppm"_s, u"1 to 999 999"_s);
    if (outside(s.pause, 0ms, 10s)) return outOfBounds(u"--pause-ms"_s, u"0 to 10 000"_s);
    if (s.kill_workers < 0 || s.kill_workers > 1000) return outOfBounds(u"--kill-workers"_s, u"0 to 1 000"_s);
    if (outside(s.lease, 50ms, 1min)) return outOfBounds(u"--lease"_s, u"50ms to 1m"_s);
    return std::nullopt;
}

qint64 jobsFor(const ClaimDrillSettings& s) {
    if (s.jobs) return *s.jobs;
    if (s.until_ppm)  // twice what a clean run needs: a few duplicates are no reason to end early
        return std::clamp(2 * cleanClaimsNeeded(0, 0, *s.until_ppm / 1e6), kUsualJobs, kMostJobs);
    return s.time ? kMostJobs : kUsualJobs;
}

}  // namespace

QString claimStyleName(ClaimStyle style) {
    switch (style) {
        case ClaimStyle::check_then_act:
            return u"check-then-act"_s;
        case ClaimStyle::own:
            return u"own"_s;
        case ClaimStyle::atomic:
            break;
    }
    return u"atomic"_s;
}

QString claimIsolationName(ClaimIsolation isolation) {
    switch (isolation) {
        case ClaimIsolation::read_committed:
            return u"read-committed"_s;
        case ClaimIsolation::repeatable_read:
            return u"repeatable-read"_s;
        case ClaimIsolation::serializable:
            return u"serializable"_s;
        case ClaimIsolation::each:
            break;
    }
    return u"each-statement"_s;
}

std::optional<ClaimIsolation> claimIsolationFromName(const QString& name) {
    for (const auto i : {ClaimIsolation::each, ClaimIsolation::read_committed,
                         ClaimIsolation::repeatable_read, ClaimIsolation::serializable})
        if (claimIsolationName(i) == name) return i;
    return std::nullopt;
}

QString drillEndName(DrillEnd end) {
    switch (end) {
        case DrillEnd::time:
            return u"time"_s;
        case DrillEnd::bound:
            return u"bound"_s;
        case DrillEnd::claims:
            return u"claims"_s;
        case DrillEnd::stopped:
            return u"stopped"_s;
        case DrillEnd::failed:
            return u"failed"_s;
        case DrillEnd::jobs:
            break;
    }
    return u"jobs"_s;
}

Outcome<ClaimDrillLimits> limitsOf(const ClaimDrillSettings& settings) {
    if (const auto wrong = problem(settings)) return *wrong;
    const qint64 jobs = jobsFor(settings);
    const auto usual = settings.jobs || settings.until_ppm ? kPatientTime : kUsualTime;
    return ClaimDrillLimits{jobs, settings.time.value_or(usual), kClaimsPerJob * jobs + 1000};
}

int percentDone(const ClaimDrillProgress& progress) {
    const double jobs = static_cast<double>(progress.claims) / static_cast<double>(progress.limits.jobs);
    const double time = 1000 * progress.seconds / static_cast<double>(progress.limits.time.count());
    return static_cast<int>(100 * std::min(1.0, std::max(jobs, time)));
}

QString claimDrillProgressText(const ClaimDrillProgress& progress) {
    return u"%1 claims, %2 duplicates, at most %3 per million"_s.arg(
        exactCountText(progress.claims), exactCountText(progress.duplicates),
        exactCountText(std::llround(progress.upper95_ppm)));
}

QString claimDrillSentence(const ClaimDrillResult& result) {
    const auto& s = result.settings;
    const QString style = s.style == ClaimStyle::own ? s.scriptFile : claimStyleName(s.style);
    const QString workers = s.workers == 1 ? u"1 worker"_s : u"%1 workers"_s.arg(s.workers);
    const auto& rate = result.recorded.rate;
    QString found = duplicateClaimsText(rate);
    if (rate.rate_ppm.known() && *rate.duplicates.value > 0)
        found = u"%1 of %2 claims were made twice, %3"_s.arg(exactCountText(*rate.duplicates.value),
                                                             exactCountText(*rate.claims.value), found);
    return u"%1, %2: %3."_s.arg(workers, style, found.endsWith(u'.') ? found.chopped(1) : found);
}

}  // namespace spillway
