// The night of the sketches: orders got five times its load half an hour ago and will never drain. Used
// by the screenshots and by tests that need a full window.
#pragma once

#include <cmath>

#include "tests/support/invented_signals.h"
#include "tests/support/reading_builder.h"
#include "widgets/models/connection_view.h"

namespace spillway::test {

class InventedScene {
public:
    static constexpr double kIncident_s = 31 * 60;

    // All connections as they were `secondsAgo` before the end of the story.
    [[nodiscard]] ConnectionViews at(double secondsAgo) {
        m_at = m_end - std::chrono::milliseconds(static_cast<qint64>(secondsAgo * 1000));
        m_ago = secondsAgo;
        take(0, productionPostgres());
        take(1, productionRedis());
        take(2, stagingPostgres());
        return m_views;
    }
    [[nodiscard]] const ConnectionViews& views() const { return m_views; }

private:
    void take(size_t i, const ReadingPtr& backlogs) {
        const ReadingPtr reading = InventedSignals::addTo(backlogs);
        if (m_views.size() <= i) m_views.resize(i + 1);
        m_views[i].name = reading->connection;
        m_views[i] =
            withReading(std::move(m_views[i]), reading, QDateTime::currentDateTime().addMSecs(-1200));
    }
    [[nodiscard]] double wobble(int salt, double by) const {
        const double x = std::sin(m_ago * 12.9898 + salt * 78.233) * 43758.5453;
        return 1 + by * 2 * (x - std::floor(x) - 0.5);
    }
    [[nodiscard]] qint64 wave(int salt, double mean, double depth) const {
        return std::llround(mean *
                            (1 + depth * std::sin(m_ago / 97.0 + salt) * std::cos(m_ago / 41.0 + 2 * salt)) *
                            wobble(salt, depth / 4));
    }
    [[nodiscard]] QueueBuilder orders() const {
        const double into = std::max(0.0, kIncident_s - m_ago);
        const double arrivals = 1100 + 3900 * std::min(1.0, into / 120);
        const qint64 waiting = std::llround(3900 * std::max(0.0, into - 60)) + 900;
        return QueueBuilder(QStringLiteral("orders"))
            .waiting(waiting)
            .oldest(into > 0 ? into : 2)
            .rates(arrivals * wobble(1, 0.02), (into > 0 ? 1020 : 1130) * wobble(2, 0.03))
            .dead(12, 240)
            .deadAges({12, 0, 0, 0, 0, 0}, 140, 220)
            .running(118)
            .scheduled(40)
            .executions(executions(into), 10'000)
            .retriesDue(due(into))
            .claims(1'840'000 + std::llround(into * 100), into > 0 ? 1'712 : 0, 120'000,
                    into > 300 ? std::llround(112 * wobble(9, 0.2)) : 0)
            .incidents(into > 0 ? incidents() : std::vector<DuplicateClaim>());
    }
    // The retries set in ten minutes after the load, and settle at three executions for each job.
    [[nodiscard]] qint64 executions(double into) const {
        const double grown = into < 600 ? 0 : 2.1 * (1 - std::exp(-(into - 600) / 420));
        return std::llround(10'000 * (1.05 + grown) * wobble(10, 0.01));
    }
    [[nodiscard]] std::vector<std::pair<int, qint64>> due(double into) const {
        std::vector<std::pair<int, qint64>> minutes;
        for (int i = 0; i < 60; ++i)
            minutes.emplace_back(i, std::llround((into > 600 ? 5'400 : 60) * (1 + 0.5 * std::sin(i * 1.7))));
        if (into > 600) minutes[9].second = 248'000, minutes[10].second = 96'000;
        return minutes;
    }
    [[nodiscard]] std::vector<DuplicateClaim> incidents() const {
        std::vector<DuplicateClaim> all;
        for (int i = 0; i < 12; ++i) {
            const ServerTime second = m_at - std::chrono::microseconds(41'123'456LL * (i + 1) + 7'001LL * i);
            all.push_back({QStringLiteral("9f3c%1").arg(7'100 + 37 * i),
                           QStringLiteral("orders"),
                           QStringLiteral("charge_card"),
                           QStringLiteral("worker-%1@web-2").arg(i % 5),
                           QStringLiteral("worker-%1@web-4").arg(i % 7),
                           second - std::chrono::microseconds(3'214'000 + i * 171'000),
                           second,
                           3.2 + i * 0.171,
                           ClaimEvidence::recorded,
                           {}});
        }
        return all;
    }
    [[nodiscard]] ReadingPtr productionPostgres() const {
        const double day = 86400;
        return ReadingBuilder(QStringLiteral("prod-pg"), m_at)
            .since(m_end - std::chrono::seconds(static_cast<qint64>(kIncident_s)))
            .system(QStringLiteral("pgboss"), QStringLiteral("pg-boss"), QStringLiteral("10"))
            .queue(orders())
            .queue(QueueBuilder(QStringLiteral("payments"))
                       .waiting(wave(3, 1400, 0.3))
                       .oldest(8)
                       .rates(210, 228)
                       .dead(31, 7200)
                       .running(22)
                       .retrying(64))
            .queue(
                QueueBuilder(QStringLiteral("emails"))
                    .waiting(wave(4, 88, 0.5))
                    .oldest(1)
                    .rates(12, 12.4)
                    .dead(Count::estimated(2'000'000,
                                           QStringLiteral("the planner's estimate, above a cap of 10 000")),
                          92 * day)
                    .deadAges({40, 310, 1'900, 9'200, 48'000, 1'940'550}, 71 * day, 91 * day)
                    .deletedSoon(1'900'000, 9 * 3600, QStringLiteral("deleted 92 d after the last attempt"))
                    .executions(7, 7)
                    .claims(300'000, 0, 3'600, 0)
                    .running(3))
            .queue(QueueBuilder(QStringLiteral("search-index"))
                       .waiting(wave(5, 310, 0.4))
                       .oldest(2)
                       .rates(88, 91)
                       .running(9))
            .system(QStringLiteral("mapped:shop.jobs"), QStringLiteral("shop.jobs"))
            .queue(QueueBuilder(QStringLiteral("inventory"))
                       .waiting(wave(6, 41, 0.6))
                       .oldest(0.4)
                       .rates(35, 35.2)
                       .running(4))
            .queue(QueueBuilder(QStringLiteral("reports")).ratesNotObservable().rates(0, 0, 3))
            .build();
    }
    [[nodiscard]] ReadingPtr productionRedis() const {
        return ReadingBuilder(QStringLiteral("prod-redis"), m_at)
            .redis(QStringLiteral("7.2"))
            .since(m_end - std::chrono::hours(2))
            .system(QStringLiteral("sidekiq"), QStringLiteral("Sidekiq"), QStringLiteral("7"))
            .queue(QueueBuilder(QStringLiteral("webhooks"))
                       .waiting(wave(7, 12'400, 0.35))
                       .oldest(240)
                       .rates(96, 131)
                       .arrivalsEstimated()
                       .dead(210, 2 * 86400 + 3600)
                       .running(25)
                       .retrying(410))
            .queue(QueueBuilder(QStringLiteral("default"))
                       .waiting(wave(8, 12, 0.7))
                       .oldest(0.2)
                       .rates(4.2, 4.2)
                       .running(1))
            .build();
    }
    [[nodiscard]] ReadingPtr stagingPostgres() const {
        return ReadingBuilder(QStringLiteral("staging-pg"), m_at)
            .environment(Environment::staging)
            .system(QStringLiteral("pgboss"), QStringLiteral("pg-boss"), QStringLiteral("10"))
            .queue(QueueBuilder(QStringLiteral("thumbnails")).rates(0.4, 0.4).dead(2, 10'800).running(0))
            .build();
    }

    ServerTime m_end = someNight();
    ServerTime m_at;
    double m_ago = 0;
    ConnectionViews m_views;
};

}  // namespace spillway::test
