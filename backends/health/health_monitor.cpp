#include "backends/health/health_monitor.h"
namespace spillway {
HealthMonitor::HealthMonitor(QString, Environment, HealthSettings) {}
ReadingPtr HealthMonitor::add(const ServerReading&) { return {}; }
}
