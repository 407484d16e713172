// What libpq is asked for: the person's own connection string, completed with what every connection of
// ours needs. Parsing is libpq's, so every form that psql takes works here.
#pragma once

#include <string>
#include <vector>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct LibpqConnection {
    std::string conninfo;  // key='value' …; may hold a secret: never show or log
    // The same for one host of several each; where the order of hosts is libpq's business, all in one.
    std::vector<std::string> attempts;
    int timeout_s = 0;     // for each of them
    QString address;       // for people: "db.example:5432/app", no secret
    bool several = false;  // hosts: which one answered is worth telling
};

// Adds application_name, client_encoding, connect_timeout (the smaller of the person's and
// settings.connectDeadline; libpq's least is 2 s) and settings.password, which wins over the URL's.
// Failure kind usage with libpq's own words where the string is malformed.
[[nodiscard]] Outcome<LibpqConnection> libpqConnection(const ConnectionSettings& settings);

}  // namespace spillway
