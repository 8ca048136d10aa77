using NUnit.Framework;

[assembly: NonParallelizable]
