// The home-made jobs table of the classic incident, with an atomic claim: a backlog of thumbnails that
// drains within about ten minutes.
#pragma once

#include "app/demo/postgres_session.h"
#include "app/demo/workload.h"

namespace spillway {

class JobsTableWorkload final : public Workload {
public:
    explicit JobsTableWorkload(const QString& url) : m_session(url) {}
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override;
    // The mapping file that tells Spillway how to read the table.
    [[nodiscard]] static QByteArray mapping();

private:
    PostgresSession m_session;
    Pace m_arrival{10};
    Pace m_claim{40};
};

}  // namespace spillway
