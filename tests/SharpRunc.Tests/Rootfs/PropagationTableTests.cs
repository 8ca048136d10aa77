using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// Who sees what the other mounts, by the root's propagation, the host's and the bind's: both sides mount, and both are asked. Without
/// rootfsPropagation nothing goes either way but what a bind's own options let in. The host is a mount namespace of the test's.
/// </summary>
internal sealed partial class PropagationTableTests
{
    private static readonly string[] Binds = ["rbind", "bind", "rbind,rprivate", "rbind,private", "rbind,rslave", "bind,slave",
        "rbind,rshared", "rbind,unbindable"];

    [Test]
    public void What_one_side_mounts_the_other_sees_if_it_was_asked_for(
        [Values(null, "private", "rprivate", "slave", "rslave", "shared", "rshared")] string? root, [Values] bool hostIsShared,
            [Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().WithAllCapabilities();
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "below"));
        if (root is not null)
            bundle.Linux["rootfsPropagation"] = root;
        string script = "";
        for (int i = 0; i < Binds.Length; i++)
        {
            bundle.Mounting($"/b/{i}", "bind", $"{bundle.Sources}/{i}", Binds[i].Split(','));
            Directory.CreateDirectory($"{bundle.Sources}/{i}");
            script += $"mount -t tmpfs out /b/{i}/out || exit 1; ";
        }
        if (inUserNamespace)
        {
            bundle.MapsUsers();
            MountTests.Mount("chown", "-R", "-h", "100000:100000", bundle.Path);
        }
        bundle.Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "ro")
            .Says(script + "echo >/tmp/ready.new; mv /tmp/ready.new /tmp/ready; sleep 1000").Write();
        void Test()
        {
            for (int i = 0; i < Binds.Length; i++)
            {
                MountTmpfs($"{bundle.Sources}/{i}");
                Directory.CreateDirectory($"{bundle.Sources}/{i}/in");
                Directory.CreateDirectory($"{bundle.Sources}/{i}/out");
            }
            string id = Runtime.NewId(), before = MountNamespace.Mounts();
            int pid = runtime.CreateContainer(id, bundle);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before), "created");
            runtime.Run("start", id).Expect(0);
            for (int i = 0; i < 1000 && !File.Exists(Path.Combine(bundle.Rootfs, "tmp/ready")); i++)
                Thread.Sleep(10);
            MountTmpfs(Path.Combine(bundle.Rootfs, "below"));
            for (int i = 0; i < Binds.Length; i++)
                MountTmpfs($"{bundle.Sources}/{i}/in");
            string inside = File.ReadAllText($"/proc/{pid}/mountinfo"), outside = MountNamespace.Mounts();
            runtime.Run("delete", "--force", id).Expect(0);
            bool isPrivate = root is null or "private" or "rprivate", isShared = root is "shared" or "rshared";
            List<string> wrong = [];
            void Check(string what, bool found, bool expected)
            {
                if (found != expected)
                    wrong.Add($"{what}: {found}");
            }
            Check("below the root, inwards", inside.Contains(" /below "), hostIsShared && !isPrivate && !isShared);
            for (int i = 0; i < Binds.Length; i++)
            {
                string option = Binds[i];
                bool keepsHost = option is "rbind" or "bind" ? !isPrivate : option.EndsWith("slave") || option.EndsWith("shared");
                bool handsOut = option is "rbind" or "bind" || option.EndsWith("shared");
                // An explicit private root makes all that the binds come from private.
                Check($"{option}, inwards", inside.Contains($" /b/{i}/in "),
                    hostIsShared && keepsHost && root is not ("private" or "rprivate"));
                Check($"{option}, outwards", outside.Contains($"{bundle.Sources}/{i}/out "),
                    isShared && handsOut && hostIsShared && !inUserNamespace);
                Check($"{option} in the container", inside.Contains($" /b/{i}/out "), true);
            }
            foreach (string line in inside.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Match peers = PeerGroup().Match(line);
                if (isPrivate && !line.Contains(" /b/") && !line.Contains(" /dev/") && peers.Success)
                    wrong.Add($"not private: {line}");
                if (line.Contains(" - cgroup") && outside.Contains($" shared:{peers.Groups[1].Value} "))
                    wrong.Add($"a peer of the host's: {line}");
            }
            Assert.That(wrong, Is.Empty, inside);
        }
        if (hostIsShared)
            MountNamespace.RunShared(Test);
        else
            MountNamespace.Run(Test);
    }

    private static void MountTmpfs(string path)
    {
        using Tree tree = Tree.Create("tmpfs", "in", ["mode=777"], 0);
        using Fd place = Sys.OpenAt(Fd.Cwd, path, O_PATH | O_DIRECTORY);
        tree.AttachTo(place);
    }
    [GeneratedRegex(@" (?:shared|master):(\d+) ")]
    private static partial Regex PeerGroup();
}
