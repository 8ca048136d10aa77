using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Nothing of a host's inode can be changed from inside, in whatever shape the container is. The host's device nodes are nodes of this
/// test's: each attack runs in a mount namespace where they lie over the machine's.
/// </summary>
internal sealed class HostInodeTests
{
    private static readonly string[] Verbs = ["run", "run -d", "create", "exec", "exec -d"];

    /// <summary>As Bundles makes them.</summary>
    private static readonly string[] Shapes = ["root", "no capabilities", "no null in the image", "no null in the image and the same ids",
        "the same ids", "other ids", "the same ids by path"];

    /// <summary>Every way from inside to an inode: the standard streams, the masks of files, the default devices, a listed one.</summary>
    private const string Attack = """
        for f in /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/timer_list /proc/keys /maskme /dev/null /dev/zero /dev/full /dev/tty /dev/mine; do
          chmod 600 $f; chown 1234:1234 $f; touch -d 2001-01-01 $f
        done
        cat /proc/self/mountinfo >/tmp/mounts; : >/tmp/done
        """;

    /// <summary>
    /// $1: directory for the nodes, $2: rootfs, $3: verb, $4: runtime and --root, $5: bundle, $6: id, $7: stdin and stdout. Tells what
    /// became of the nodes.
    /// </summary>
    private const string Host = """
        mount -t tmpfs -o mode=755 host-nodes "$1"
        for n in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$1/${n%:*}" c 1 ${n#*:}; done
        mknod -m 666 "$1/tty" c 5 0
        for n in null zero full random urandom tty; do touch -d 2020-02-02 "$1/$n"; mount --bind "$1/$n" /dev/$n; done
        ended() { i=0; until [ -e "$2/tmp/done" ] || [ $i -gt 300 ]; do sleep 0.1; i=$((i+1)); done; }
        rt=$4; io=$7
        r() { $rt "$@" <$io >$io 2>$io; }
        case $3 in
          run) r run --bundle "$5" "$6";;
          "run -d") r run -d --bundle "$5" "$6"; ended "$@";;
          create) r create --bundle "$5" "$6"; r start "$6"; ended "$@";;
          exec) r run -d --bundle "$5" "$6"; r exec "$6" sh /attack;;
          "exec -d") r run -d --bundle "$5" "$6"; r exec -d --pid-file "$1.pid" "$6" sh /attack; ended "$@";;
        esac
        cd "$1"; stat -c '%n %a %u:%g %y' null zero full random urandom tty
        """;

    [Test]
    public void A_host_node_keeps_its_mode_owner_and_times([ValueSource(nameof(Verbs))] string verb,
        [ValueSource(nameof(Shapes))] string shape)
            => Nodes_are_untouched(verb, shape, "/dev/null");

    [Test]
    public void So_does_any_other_device_that_is_a_standard_stream([Values("run", "exec", "exec -d")] string verb,
        [Values("root", "the same ids")] string shape)
            => Nodes_are_untouched(verb, shape, "/dev/zero");

    private static void Nodes_are_untouched(string verb, string shape, string stdio)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Shaped(runtime, shape);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "attack"), Attack);
        bundle.Process["args"] = verb.StartsWith("exec", System.StringComparison.Ordinal) ? new JsonArray("sleep", "1000")
            : new JsonArray("sh", "/attack");
        string nodes = Path.Combine(runtime.Work, "host-nodes");
        Directory.CreateDirectory(nodes);
        string[] arguments = [nodes, bundle.Rootfs, verb, string.Join(' ', runtime.Command()), bundle.Write().Path, Runtime.NewId(), stdio];
        Result result =
            runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", Host, "sh", .. arguments]);

        if (File.Exists(nodes + ".pid"))
            // the orphan is ours
            Child.Reap(int.Parse(File.ReadAllText(nodes + ".pid"), System.Globalization.CultureInfo.InvariantCulture));
        string expected = "";
        foreach (string name in (string[])["null", "zero", "full", "random", "urandom", "tty"])
            expected += $"{name} 666 0:0 2020-02-02 00:00:00.000000000 +0000\n";
        Assert.That(result.Output, Is.EqualTo(expected), result.Errors);
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "tmp/done")), "the attack ran to its end");
        Assert.That(WritableHostMounts(Path.Combine(bundle.Rootfs, "tmp/mounts")), Is.Empty);
    }

    private static Bundle Shaped(Runtime runtime, string shape)
    {
        Bundle bundle = runtime.NewBundle();
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x3FF);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "maskme"), "");
        bundle.Linux["maskedPaths"] = new JsonArray("/proc/timer_list", "/proc/keys", "/maskme", "/proc/acpi");
        bundle.Linux["devices"] = JsonNode.Parse("""[{ "path": "/dev/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 438 }]""");
        if (shape == "no capabilities")
            bundle.Process["capabilities"] = new JsonObject();
        if (shape.Contains("no null", System.StringComparison.Ordinal))
        {
            string dev = Path.Combine(bundle.Sources, "dev");
            Directory.CreateDirectory(dev);
            File.WriteAllText(Path.Combine(dev, "null"), "");
            bundle.WithoutMounts("/dev").WithMount("/dev", "bind", dev, "rbind");
            bundle.Linux.Remove("devices");
        }
        if (shape == "other ids")
            bundle.MapsUsers();
        if (shape == "the same ids by path")
            bundle.InNamespace("user", $"/proc/{runtime.Sleeper(SameIds)}/ns/user");
        else if (shape.Contains("the same ids", System.StringComparison.Ordinal))
            SameIds(bundle);
        return bundle;
    }

    private static void SameIds(Bundle bundle)
    {
        bundle.InNamespace("user");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 0, ["size"] = 65536 });
    }

    /// <summary>
    /// proc_pid_mountinfo(5): the fourth field is the root, the sixth has ro or rw; the source is the name of the tmpfs with the host's
    /// nodes.
    /// </summary>
    private static List<string> WritableHostMounts(string mountinfo)
    {
        List<string> writable = [];
        foreach (string line in File.ReadAllLines(mountinfo))
            if (line.Contains(" host-nodes ", System.StringComparison.Ordinal) && line.Split(' ')[5] is var options
                && !(options.StartsWith("ro", System.StringComparison.Ordinal)
                    && options.Contains("nosuid", System.StringComparison.Ordinal)
                    && options.Contains("noexec", System.StringComparison.Ordinal)))
                writable.Add(line);
        return writable;
    }
}
