using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class LexicalPathTests
{
    [TestCase("/a/b", "/a/b")]
    [TestCase("a//b/", "/a/b")]
    [TestCase("/a/b/../c", "/a/c")]
    [TestCase("/../a/./b/..", "/a")]
    [TestCase("/a/../../b", "/b")]
    [TestCase("/.../x", "/.../x")]
    [TestCase("/a/.b", "/a/.b")]
    [TestCase("/..", "/")]
    [TestCase("..", "/")]
    [TestCase("", "/")]
    public void A_path_is_cleaned_as_text(string path, string clean) => Assert.That(LexicalPath.Clean(path), Is.EqualTo(clean));
}
