#include "backends/drill/claim_steps.h"

#include <QFile>
#include <QRegularExpression>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString reference(ClaimStyle style, ServerKind server) {
    return server == ServerKind::postgres ? drillResource(u"postgres/%1.sql"_s.arg(claimStyleName(style)))
                                          : drillResource(u"redis/%1.lua"_s.arg(claimStyleName(style)));
}

QString withoutEnd(QString step) {
    step = step.trimmed();
    while (step.endsWith(u';')) step = step.chopped(1).trimmed();
    return step;
}

}  // namespace

QString drillResource(const QString& name) {
    QFile file(u":/drill/"_s + name);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

Outcome<QStringList> claimSteps(const ClaimDrillSettings& drill, ServerKind server) {
    static const QRegularExpression between(u"^[ \\t]*--[ \\t]*then[ \\t]*\\r?$"_s,
                                            QRegularExpression::MultilineOption);
    const bool own = drill.style == ClaimStyle::own;
    const QString script = own ? drill.script : reference(drill.style, server);
    QStringList steps;
    for (const auto& step : script.split(between)) steps << withoutEnd(step);
    if (steps.size() > 2 || steps.contains(QString()))
        return Failure{FailureKind::usage,
                       u"%1 is no claim: it has %2."_s.arg(
                           own ? drill.scriptFile : claimStyleName(drill.style),
                           steps.size() > 2 ? u"more than two steps"_s : u"an empty step"_s),
                       {},
                       u"Write one step, or a check and an act with a line \"-- then\" between them."_s};
    return steps;
}

}  // namespace spillway
