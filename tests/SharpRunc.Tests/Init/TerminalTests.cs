using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>config.md#process, terminal and consoleSize, as a program in the container finds them; an engine holds the master.</summary>
internal sealed class TerminalTests
{
    [Test]
    public void The_pty_is_duplicated_on_the_standard_streams_and_controls_the_session()
        => Says("for i in 0 1 2; do readlink /proc/self/fd/$i; done; tty; echo >/dev/tty",
            "/dev/pts/0\n/dev/pts/0\n/dev/pts/0\n/dev/pts/0\n\n");

    [Test]
    public void Nothing_else_of_it_is_open() => Says("ls /proc/$$/fd", "0  1  2\n");

    [Test]
    [Must("devices.default")]
    public void Dev_console_is_the_pty()
        => Says("stat -c %F:%t:%T /dev/console /dev/pts/0; echo through >/dev/console",
        "character special file:88:0\ncharacter special file:88:0\nthrough\n");

    [Test]
    public void Its_mode_is_the_devpts_and_its_owner_the_processs_user()
        => Says("stat -c %a:%u:%g /dev/console", "620:1000:5\n",
            bundle => bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 });

    [Test]
    public void Its_size_is_consoleSize()
        => Says("stty size", "25 80\n", bundle => bundle.Process["consoleSize"] = new JsonObject { ["height"] = 25, ["width"] = 80 });

    [TestCase(0, 80)]
    [TestCase(25, 0)]
    public void A_size_of_nothing_is_none(int height, int width)
        => Says("stty size 2>/dev/null", "",
            bundle => bundle.Process["consoleSize"] = new JsonObject { ["height"] = height, ["width"] = width });

    [Test]
    public void A_line_ends_as_the_kernel_has_it() => Says("stty -a 2>/dev/null | tr ' ' '\\n' | grep onlcr", "onlcr\n");

    [Test]
    public void A_read_only_root_has_its_console_too()
        => Says("echo here >/dev/console; touch /x 2>/dev/null || echo read-only", "here\nread-only\n",
            bundle => bundle.Config["root"]!["readonly"] = true);

    [Test]
    public void A_read_only_dev_has_its_console_too()
        => Says("echo here >/dev/console; touch /dev/x 2>/dev/null || echo read-only", "here\nread-only\n", bundle =>
    {
        foreach (JsonNode? mount in bundle.Mounts)
            if ((string)mount!["destination"]! == "/dev")
                ((JsonArray)mount["options"]!).Add("ro");
    });

    [Test]
    public void Without_a_mount_at_dev_a_file_is_made_for_it() => Says("stat -c %t:%T /dev/console", "88:0\n", bundle =>
    {
        bundle.WithoutMounts("/dev").WithMount("/dev/pts", "devpts", "devpts", "ptmxmode=0666");
        bundle.Config["root"]!["readonly"] = true;
    });

    [Test]
    public void A_file_that_the_image_has_there_is_covered_and_not_changed()
    {
        string image = "";
        Says("stat -c %t:%T /dev/console; echo x >/dev/console", "88:0\nx\n", bundle =>
        {
            bundle.WithoutMounts("/dev").WithMount("/dev/pts", "devpts", "devpts", "ptmxmode=0666");
            image = Path.Combine(bundle.Rootfs, "dev/console");
            File.WriteAllText(image, "image\n");
        }, _ => Assert.That(File.ReadAllText(image), Is.EqualTo("image\n")));
    }

    [Test]
    public void In_a_user_namespace_too()
        => Says("tty; stat -c %t:%T:%u /dev/console", "/dev/pts/0\n88:0:0\n", bundle => bundle.WithUserNamespace());

    [Test]
    [Must("process.consoleSize-ignored")]
    public void Without_a_terminal_there_is_no_console()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("ls", "/dev");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Does.Not.Contain("console"));
        bundle.Process["consoleSize"] = new JsonObject { ["height"] = 100000, ["width"] = 80 };
        runtime.RunBundle(bundle).Expect(0); // "Runtimes MUST ignore consoleSize if terminal is false or not set."
    }

    [Test]
    public void A_size_that_no_terminal_has_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["terminal"] = true;
        bundle.Process["consoleSize"] = new JsonObject { ["height"] = 25, ["width"] = 65536 };
        runtime.Run("create", "--bundle", bundle.Write().Path, "--console-socket", listener.Path, Runtime.NewId())
            .ExpectError("/process/consoleSize");
        listener.ExpectNothing();
    }

    private static void Says(string script, string expected, System.Action<Bundle>? change = null, System.Action<Bundle>? after = null)
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", script + "; echo END");
        bundle.Process["terminal"] = true;
        change?.Invoke(bundle);
        string id = Runtime.NewId();
        runtime.Run("create", "--bundle", bundle.Write().Path, "--console-socket", listener.Path, id).Expect(0);
        using TestTerminal terminal = listener.Accept();
        runtime.Run("start", id).Expect(0);
        Assert.That(terminal.ReadUntil("END\n"), Is.EqualTo(expected + "END\n"));
        after?.Invoke(bundle);
    }
}
