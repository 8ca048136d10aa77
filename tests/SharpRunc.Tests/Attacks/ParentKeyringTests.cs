using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// A process may replace its parent's session keyring (KEYCTL_SESSION_TO_PARENT). While the runtime stays it is the parent of a container's
/// processes, and the hooks that it runs have its keyring.
/// </summary>
internal sealed class ParentKeyringTests
{
    private const string Refused = "joined True, added True, given -1\n";

    [Test]
    public void A_container_cannot_replace_the_keyring_of_its_runtime([Values("run", "run --detach", "exec", "restore")] string command)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), hooks = Path.Combine(runtime.Work, "hooks");
        if (command == "restore")
        {
            Restored(id, hooks);
            return;
        }
        Bundle bundle = runtime.NewBundle("sh", "-c", "exec probe keys give attackerring >/given");
        AddProbe(bundle, hooks);
        if (command == "exec")
        {
            bundle.Process["args"] = new JsonArray("sleep", "1000");
            bundle.Config.Remove("hooks");
            runtime.StartContainer(id, bundle);
            Assert.That(runtime.Run("exec", id, "probe", "keys", "give", "attackerring").Expect(0).Output, Is.EqualTo(Refused));
            return;
        }
        runtime.Run([.. command.Split(' '), "--bundle", bundle.Write().Path, id]).Expect(0);
        runtime.Run("delete", "--force", id);
        RequireCallers(bundle, hooks);
    }

    [Test]
    public void A_users_hooks_do_not_have_the_keyring_that_a_container_has_put_there()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("sh", "-c", "exec probe keys give attackerring >/given");
        string hooks = Path.Combine(bundle.Rootfs, "hooks");
        string probe = AddProbe(bundle, hooks);
        File.WriteAllText(hooks, "");
        runtime.User!.Own(bundle.Write().Path);
        string[] run = [runtime.Program, "--root", runtime.Root, "run", "--bundle", bundle.Path, Runtime.NewId()];
        runtime.Execute(runtime.User.Command([probe, "keys", "fresh", .. run])).Expect(0);
        // The kernel lets an ordinary user's runtime do nothing against it.
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "given")), Is.EqualTo("joined True, added True, given 0\n"));
        RequireOthers(hooks);
    }

    private static void Restored(string id, string hooks)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("until [ -e /tmp/ask ]; do sleep 0.1; done; exec probe keys give attackerring >/given");
        string shared = Directory.CreateDirectory(Path.Combine(bundle.Path, "shared")).FullName;
        bundle.WithMount("/tmp", "bind", shared, "bind", "rw");
        AddProbe(bundle, hooks);
        bundle.Config["hooks"]!.AsObject().Remove("poststart");
        id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        File.Delete(hooks);
        File.WriteAllText(Path.Combine(shared, "ask"), "");
        criu.Run("restore", "--image-path", criu.Images, "--bundle", bundle.Write().Path, id).Expect(0);
        RequireCallers(bundle, hooks);
    }

    /// <summary>
    /// The program in the image, and hooks that write down which keyring they have: the container has had its time by then.
    /// </summary>
    private static string AddProbe(Bundle bundle, string hooks)
    {
        string probe = Path.Combine(bundle.Rootfs, "bin", "probe");
        File.Copy(Probe.Program, probe);
        JsonObject Hook(string script) => new() { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", script) };
        bundle.Config["hooks"] = new JsonObject
        {
            ["poststart"] = new JsonArray(Hook("sleep 0.5"), Hook($"{probe} keys show >>{hooks}")),
            ["poststop"] = new JsonArray(Hook($"{probe} keys show >>{hooks}")),
        };
        return probe;
    }

    private static void RequireCallers(Bundle bundle, string hooks)
    {
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "given")), Is.EqualTo(Refused));
        RequireOthers(hooks);
    }

    private static void RequireOthers(string hooks)
        => Assert.That(File.ReadAllText(hooks), Does.Contain("keyring;").And.Not.Contain("attackerring"));
}
