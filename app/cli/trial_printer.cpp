#include "app/cli/trial_printer.h"

#include <QJsonObject>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Paint paintOf(StageEnd end) {
    return end == StageEnd::ok ? Paint::good : end == StageEnd::failed ? Paint::critical : Paint::faint;
}

}  // namespace

QJsonArray stagesJson(const ConnectionTrial& trial) {
    QJsonArray stages;
    for (const auto& one : trial.stages)
        stages << QJsonObject{
            {u"stage"_s, stageName(one.stage)},  {u"end"_s, stageEndName(one.end)}, {u"what"_s, one.what},
            {u"server_said"_s, one.server_said}, {u"next_step"_s, one.next_step},   {u"ms"_s, one.ms}};
    return stages;
}

QString stagesText(const ConnectionTrial& trial, const TextStyle& style) {
    QString text;
    for (const auto& one : trial.stages) {
        text += painted(stageEndName(one.end).leftJustified(8), paintOf(one.end), style.colours) +
                stageName(one.stage).leftJustified(8) + visibleText(one.what, 500) + u'\n';
        const QString indent(16, u' ');
        if (!one.server_said.isEmpty())
            text += indent + u"The server said: "_s + visibleText(one.server_said, 500) + u'\n';
        if (!one.next_step.isEmpty()) text += indent + u"→ "_s + visibleText(one.next_step, 1'000) + u'\n';
    }
    return fitted(text, style.width);
}

}  // namespace spillway
