using System;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A program that answers on a private socket as systemd does on its own: libsystemd's sd-bus as a server, set up as core/dbus.c sets it
/// up. Its one method is x.y.Add of /x, of two numbers; 0 and 0 are an error, and 1 and 1 a signal x.y.Added, too.
/// </summary>
internal sealed class SdBusServer : IDisposable
{
    private const string Compiler = "/usr/bin/gcc", Header = "/usr/include/systemd/sd-bus.h";

    private const string Source = """
        #define _GNU_SOURCE
        #include <systemd/sd-bus.h>
        #include <systemd/sd-event.h>
        #include <sys/socket.h>
        #include <sys/un.h>
        #include <string.h>

        static int add(sd_bus_message *m, void *data, sd_bus_error *error) {
            uint32_t a, b;
            int r = sd_bus_message_read(m, "uu", &a, &b);
            if (r < 0)
                return r;
            if (a == 0 && b == 0)
                return sd_bus_error_setf(error, "x.y.Zero", "nothing to add to %u", b);
            if (a == 1 && b == 1)
                sd_bus_emit_signal(sd_bus_message_get_bus(m), "/x", "x.y", "Added", "u", 2);
            return sd_bus_reply_method_return(m, "u", a + b);
        }

        static const sd_bus_vtable methods[] = { SD_BUS_VTABLE_START(0), SD_BUS_METHOD("Add", "uu", "u", add, SD_BUS_VTABLE_UNPRIVILEGED), SD_BUS_VTABLE_END };

        static int connected(sd_event_source *source, int fd, uint32_t events, void *event) {
            sd_bus *bus;
            sd_id128_t id;
            int n = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            sd_bus_new(&bus);
            sd_bus_set_fd(bus, n, n);
            sd_id128_randomize(&id);
            sd_bus_set_server(bus, 1, id);
            sd_bus_negotiate_creds(bus, 1, SD_BUS_CREDS_PID | SD_BUS_CREDS_UID | SD_BUS_CREDS_EUID | SD_BUS_CREDS_EFFECTIVE_CAPS | SD_BUS_CREDS_SELINUX_CONTEXT);
            sd_bus_set_sender(bus, "org.freedesktop.systemd1");
            sd_bus_start(bus);
            sd_bus_add_object_vtable(bus, NULL, "/x", "x.y", methods, NULL);
            sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
            return 0;
        }

        int main(int argc, char **argv) {
            sd_event *event;
            struct sockaddr_un address = { .sun_family = AF_UNIX };
            int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
            if (bind(s, (struct sockaddr *) &address, sizeof address) < 0 || listen(s, 10) < 0)
                return 1;
            sd_event_new(&event);
            sd_event_add_io(event, NULL, s, 1, connected, event);
            return sd_event_loop(event) < 0;
        }
        """;

    private readonly TemporaryDirectory directory = new();
    private readonly Child server;

    public SdBusServer()
    {
        if (!File.Exists(Compiler) || !File.Exists(Header))
            Assert.Ignore("gcc or libsystemd-dev is not installed");
        File.WriteAllText(directory["server.c"], Source);
        Assert.That(Child.Start([Compiler, "-w", "-o", directory["server"], directory["server.c"], "-lsystemd"], directory["log"],
            directory["log"]).Wait(), Is.Zero, () => File.ReadAllText(directory["log"]));
        server = Child.Start([directory["server"], directory["socket"]], directory["log"], directory["log"]);
        Eventually.Holds(() => File.Exists(directory["socket"]), "the server has not made its socket");
    }

    public string Address => "unix:path=" + directory["socket"];

    public void Dispose()
    {
        server.Kill(9);
        server.Wait();
        directory.Dispose();
    }
}
