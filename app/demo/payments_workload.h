// The incident that everybody knows: workers ask which payment is free and then take it, in two statements,
// and about one in a thousand is charged twice. Refunds go through the same table with one atomic statement.
#pragma once

#include <atomic>
#include <optional>

#include "app/demo/postgres_session.h"
#include "app/demo/workload.h"
#include "backends/domain/connection_settings.h"

namespace spillway {

// The table with its claim log, the customers, and the archive.
class PaymentsWorkload final : public Workload {
public:
    PaymentsWorkload(const QString& url, QString mappingFile)
        : m_url(url), m_mappingFile(std::move(mappingFile)), m_session(url) {}
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override;
    [[nodiscard]] static QByteArray mapping();
    // What a payment and its charges have to agree on.
    [[nodiscard]] static Invariant chargedOnce();

private:
    QString m_url;
    QString m_mappingFile;
    PostgresSession m_session;
    Every m_archive{10};
};

// One worker with a session of its own, one job in each step. The deploy ends the workers of payments in the
// middle of their jobs, and the new ones claim in two statements.
class PaymentWorker final : public Workload {
public:
    enum class Kind { payments, refunds };
    PaymentWorker(const QString& url, Kind kind, int number,
                  const std::atomic<bool>& deployed);  // outlives it
    void prepare() override {}
    void step(double seconds) override;
    [[nodiscard]] std::chrono::milliseconds pause() override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override { return {}; }

private:
    [[nodiscard]] QString sql(const QString& file, qint64 id = 0) const;
    void restartIfDeployed();
    [[nodiscard]] std::optional<qint64> claimInTwoSteps();

    PostgresSession m_session;
    QString m_kind;
    QString m_name;
    const std::atomic<bool>& m_deployed;
    bool m_broken = false;  // claims in two steps
    std::optional<qint64> m_held;
};

}  // namespace spillway
