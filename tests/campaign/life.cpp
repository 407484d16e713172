#include "tests/campaign/life.h"

namespace spillway::test {
using namespace Qt::StringLiterals;
namespace {

constexpr std::pair<LifeKind, QStringView> kinds[] = {
    {LifeKind::steady, u"steady"},       {LifeKind::bursts, u"bursts"},   {LifeKind::trickle, u"trickle"},
    {LifeKind::breaks, u"breaks"},       {LifeKind::failing, u"failing"}, {LifeKind::dying, u"dying"},
    {LifeKind::late, u"late"},           {LifeKind::delayed, u"delayed"}, {LifeKind::steps, u"steps"},
    {LifeKind::forgotten, u"forgotten"}, {LifeKind::paused, u"paused"},   {LifeKind::growing, u"growing"},
    {LifeKind::abandoned, u"abandoned"},
};

Life lifeOf(LifeKind kind, std::mt19937& random) {
    const auto between = [&](double low, double high) {
        return std::uniform_real_distribution<>(low, high)(random);
    };
    Life life{.kind = kind, .per_s = between(2, 8), .handler_ms = static_cast<int>(between(5, 40))};
    switch (kind) {
        case LifeKind::bursts:
            life.per_s = 1, life.burst = static_cast<int>(between(20, 120));
            break;
        case LifeKind::trickle:
            life.per_s = between(0.2, 0.6);
            break;
        case LifeKind::breaks:
            life.pause_every_s = between(1, 5);
            break;
        case LifeKind::failing:
            life.attempts = 4, life.fail_share = between(0.02, 0.05);
            break;
        case LifeKind::dying:
            life.fail_share = between(0.05, 0.2);
            break;
        case LifeKind::late:
            life.attempts = 3, life.fail_share = between(0.02, 0.05), life.backoff_ms = 3'600'000;
            break;
        case LifeKind::delayed:
            life.delayed = static_cast<int>(between(3, 30));
            break;
        case LifeKind::paused:
            life.paused_after_s = between(2, 8);
            break;
        case LifeKind::growing:
            life.per_s = between(25, 35), life.concurrency = 1, life.handler_ms = 100;
            break;
        case LifeKind::abandoned:
            life.leaves_after_s = between(3, 6);
            break;
        case LifeKind::steady:
        case LifeKind::steps:
        case LifeKind::forgotten:
            break;
    }
    return life;
}

}  // namespace

QJsonObject Life::json() const {
    return {{u"queue"_s, queue},
            {u"per_s"_s, per_s},
            {u"burst"_s, burst},
            {u"pause_every_s"_s, pause_every_s},
            {u"concurrency"_s, concurrency},
            {u"handler_ms"_s, handler_ms},
            {u"attempts"_s, attempts},
            {u"backoff_ms"_s, backoff_ms},
            {u"fail_share"_s, fail_share},
            {u"delayed"_s, delayed},
            {u"steps"_s, kind == LifeKind::steps},
            {u"keep"_s, kind != LifeKind::forgotten},
            {u"leaves_after_s"_s, leaves_after_s},
            {u"paused_after_s"_s, paused_after_s}};
}

std::vector<Life> randomLives(std::mt19937& random, bool stepsAndPauses) {
    std::vector<Life> lives;
    for (const auto& [kind, name] : kinds) {
        if (!stepsAndPauses && (kind == LifeKind::steps || kind == LifeKind::paused)) continue;
        lives.push_back(lifeOf(kind, random));
        lives.back().queue = name.toString();
    }
    return lives;
}

}  // namespace spillway::test
