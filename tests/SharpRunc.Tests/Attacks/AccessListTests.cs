using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>With an ACL the mode shows 0775 root:root, and users whom it names may write.</summary>
internal sealed class AccessListTests
{
    private const ushort UserObject = 1, User = 2, GroupObject = 4, Group = 8, Mask = 16, Other = 32;

    [TestCase(User, 1000u, 7, true)]
    [TestCase(User, 1000u, 5, false)]
    [TestCase(User, 0u, 7, false)]
    [TestCase(User, 1u, 7, false)]
    [TestCase(Group, 1000u, 2, true)]
    [TestCase(Group, 1u, 7, true)]
    [TestCase(Group, 2u, 7, false)]
    [TestCase(User, uint.MaxValue, 7, true)]
    public void Only_root_and_the_caller_may_be_named_with_write_permission(int tag, uint id, int permissions, bool expected)
        => Assert.That(AccessList.LetsOthersWrite(List((ushort)tag, id, (ushort)permissions), uid: 1, gid: 2), Is.EqualTo(expected));

    [TestCase(User, 7, false)]
    [TestCase(Group, 7, false)]
    [TestCase(User, 5, true)]
    public void A_state_root_or_a_container_to_which_an_ACL_admits_others_is_refused(int tag, int permissions, bool isTaken)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("true"));
        foreach (string place in (string[])[runtime.Root, Path.Combine(runtime.Root, id)])
        {
            uint before = Set(place, List((ushort)tag, 1000, (ushort)permissions));
            Result result = runtime.Run("state", id);
            Reset(place, before);
            if (isTaken)
                result.Expect(0);
            else
                result.ExpectError($"{place} can be written to by other users (mode 775, group 0)");
        }
    }

    [Test]
    public void A_directory_of_images_to_which_an_ACL_admits_others_holds_no_checkpoint([Values] bool isAbove)
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime);
        string id = Runtime.NewId(), above = Directory.CreateDirectory(Path.Combine(runtime.Work, "above")).FullName,
            images = Directory.CreateDirectory(Path.Combine(above, "images")).FullName;
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Set(isAbove ? above : images, List(User, 1000, 7));
        runtime.Execute(runtime.Command("checkpoint", "--leave-running", "--image-path", images, id), environment: criu.Environ)
            .ExpectError(isAbove ? "is in a directory that others can write to" : "can be written to by others");
        Assert.That(Directory.GetFileSystemEntries(images), Is.Empty);
    }

    /// <returns>The mode before.</returns>
    private static uint Set(string path, byte[] list)
    {
        using Fd directory = Sys.OpenAt(Fd.Cwd, path, O_RDONLY | O_DIRECTORY);
        uint before = Inode.Of(directory, path).Mode;
        if (Sys.TryFsetxattr(directory, "system.posix_acl_access", list).Errno == EOPNOTSUPP)
            Assert.Ignore("the file system has no ACLs");
        Assert.That(Inode.Of(directory, path).Mode & Modes.O777, Is.EqualTo(Convert.ToUInt32("775", 8)));
        return before;
    }

    /// <summary>An ACL that the mode can express is none.</summary>
    private static void Reset(string path, uint mode)
    {
        using Fd directory = Sys.OpenAt(Fd.Cwd, path, O_RDONLY | O_DIRECTORY);
        byte[] plain = Entries((UserObject, uint.MaxValue, 7), (GroupObject, uint.MaxValue, 5), (Other, uint.MaxValue, 5));
        Sys.TryFsetxattr(directory, "system.posix_acl_access", plain).ThrowIfFailed();
        Sys.Fchmod(directory, mode);
    }

    private static byte[] List(ushort tag, uint id, ushort permissions)
    {
        (ushort, uint, ushort) named = (tag, id, permissions), owners = (GroupObject, uint.MaxValue, 5);
        return Entries((UserObject, uint.MaxValue, 7), tag == User ? named : owners, tag == User ? owners : named,
            (Mask, uint.MaxValue, 7), (Other, uint.MaxValue, 5));
    }

    private static byte[] Entries(params (ushort Tag, uint Id, ushort Permissions)[] entries)
    {
        using MemoryStream list = new();
        using BinaryWriter writer = new(list);
        writer.Write(2);
        foreach ((ushort tag, uint id, ushort permissions) in entries)
        {
            writer.Write(tag);
            writer.Write(permissions);
            writer.Write(id);
        }
        return list.ToArray();
    }
}
