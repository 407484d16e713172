// Which findings somebody has acknowledged or snoozed. Pure; `now` is the local clock, whose times people
// mean when they say "until nine".
#pragma once

#include "backends/domain/finding.h"

namespace spillway {

[[nodiscard]] bool covers(const Acknowledgement& said, const Finding& finding, ServerTime now);
// Sets Finding::acknowledged and sorts again: what nobody has seen comes first.
void applyAcknowledgements(std::vector<Finding>& findings, const Acknowledgements& said, ServerTime now);
// Of what it is about, without who and when: a later one takes its place.
[[nodiscard]] bool sameSubject(const Acknowledgement& a, const Acknowledgement& b);
// "acknowledged by anna until 09:00: deploy at nine fixes it", or "snoozed …" where it covers a whole queue.
// Local time, with the day where it is another one than `now`'s.
[[nodiscard]] QString acknowledgementText(const Acknowledgement& said, ServerTime now);
// What saying it of this finding means: all of its fields but by, note and until.
[[nodiscard]] Acknowledgement acknowledgementOf(const Finding& finding);

}  // namespace spillway
